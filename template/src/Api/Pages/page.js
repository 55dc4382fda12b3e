// The page behind a mailed link: a button sends the parameters of the link. Opening the page changes nothing, because
// mail scanners open links too.
import { clearErrors, showErrors } from './fields.js';

const form = document.querySelector('form');
const [button, again] = form.querySelectorAll('button');
const message = document.querySelector('#message');
const link = new URLSearchParams(location.search);
const incomplete = 'This link is incomplete. Open it in the mail again, or copy the whole link into the address bar.';
const noResponse = 'No response from the server. Check your connection, and press the button again. That is safe.';
let isRunning = false;
let mayHaveSucceeded = false;

// Removes the token from the history of the browser, which others on this machine can read.
history.replaceState(history.state, '', location.pathname);

const names = form.dataset.link.split(' ');
if (names.some(name => !link.get(name))) {
  form.hidden = true;
  // The state of the history is still there after a reload; the parameters are not.
  say(history.state?.isUsed ? `This link was used already. ${form.dataset.done}` : incomplete,
    history.state?.isUsed ? 'success' : 'error');
} else {
  history.replaceState(null, '');
}

for (const field of form.querySelectorAll('[data-shows]')) {
  field.value = link.get(field.dataset.shows) ?? '';
}

document.querySelector('#show')?.addEventListener('change', event => {
  form.elements.newPassword.type = event.target.checked ? 'text' : 'password';
});

form.addEventListener('submit', event => {
  event.preventDefault();
  work(button, form.dataset.doing, send);
});

again?.addEventListener('click', () => work(again, 'Sending …', async () => {
  const response = await post(form.dataset.again, { email: link.get('email') });
  if (response.ok) {
    say('If the address still needs one, a new mail with a new link is on its way.', 'success');
  } else {
    await explain(response);
  }
}));

async function send() {
  const body = Object.fromEntries(names.map(name => [name, link.get(name)]));
  for (const field of form.querySelectorAll('[data-sent]')) {
    body[field.name] = field.value;
  }

  const response = await post(form.dataset.call, body);
  if (response.ok) {
    history.replaceState({ isUsed: true }, '');
    form.hidden = true;
    say(form.dataset.done, 'success');
  } else {
    await explain(response);
  }
}

const post = (path, body) => fetch(path, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
  signal: AbortSignal.timeout(30_000),
});

/** Shows an error of a field beside it, and any other problem as the message. */
async function explain(response) {
  const problem = await response.json();
  if (showErrors(form, problem.errors)) {
    return;
  }

  // Errors of members without a field are about the parameters of the link.
  let text = problem.errors ? incomplete : problem.detail;
  const seconds = response.headers.get('Retry-After');
  if (seconds) {
    text = `${problem.title} Try again in ${seconds} seconds.`;
  }

  if (problem.type.endsWith(':invalid-token')) {
    // The link works once, and the lost response may have been a success.
    text += mayHaveSucceeded ? ' The first attempt may have succeeded: try to sign in.' : '';
    form.dataset.again && (again.hidden = false);
  }

  say(text, 'error');
}

function say(text, kind) {
  message.textContent = text;
  message.className = kind;
  message.focus();
}

/** Runs the action of a button, once at a time: a double click sends one request. */
async function work(pressed, text, action) {
  if (isRunning) {
    return;
  }

  const label = pressed.textContent;
  isRunning = true;
  message.textContent = '';
  clearErrors(form);
  form.ariaBusy = 'true';
  // Not the attribute "disabled", which would take the keyboard focus away from the button.
  Object.assign(pressed, { ariaDisabled: 'true', textContent: text });
  try {
    await action();
  } catch {
    mayHaveSucceeded = true;
    say(noResponse, 'error');
  } finally {
    isRunning = false;
    form.ariaBusy = 'false';
    Object.assign(pressed, { ariaDisabled: 'false', textContent: label });
  }
}
