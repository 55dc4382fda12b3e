// What the page says, and buttons that show that they work.
import { clearErrors, showErrors } from '../pages/fields.js';

export const $ = selector => document.querySelector(selector);
const message = $('#message');

export function say(text, kind = '') {
  message.textContent = text;
  message.className = kind;
}

/** Shows the errors of fields beside them, and the title and the detail of any other problem. */
export function explain(problem, form) {
  if (form && showErrors(form, problem.errors)) {
    return say('Please correct what is marked.', 'error');
  }
  const { title = 'No response from the server.', detail = 'Check your connection, and try again.' } = problem;
  say(`${title} ${detail}`, 'error');
  message.focus();
}

/** Runs the action of a button, once at a time, and shows progress on the button. */
export async function work(button, text, action) {
  if (button.ariaDisabled === 'true') {
    return;
  }
  const label = button.textContent;
  Object.assign(button, { ariaDisabled: 'true', textContent: text });
  button.form && clearErrors(button.form);
  say('');
  try {
    await action();
  } catch (problem) {
    explain(problem, button.form);
  } finally {
    Object.assign(button, { ariaDisabled: 'false', textContent: label });
  }
}
