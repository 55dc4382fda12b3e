// The page behind a mailed link: a button sends the parameters of the link. Opening the page changes nothing, because
// mail scanners open links too.
'use strict';

const form = document.querySelector('form');
const button = form.querySelector('button');
const message = document.querySelector('#message');
const link = new URLSearchParams(location.search);
const label = button.textContent;
const incomplete = 'This link is incomplete. Copy the whole link from the mail into the address bar.';
let isRunning = false;
let mayHaveSucceeded = false;

// Removes the token from the history of the browser, which others on this machine can read.
history.replaceState(null, '', location.pathname);

const names = form.dataset.link.split(' ');
if (names.some(name => !link.get(name))) {
  form.hidden = true;
  say(incomplete, 'error');
}

for (const field of form.querySelectorAll('[data-shows]')) {
  field.value = link.get(field.dataset.shows) ?? '';
}

document.querySelector('#show')?.addEventListener('change', event => {
  form.elements.newPassword.type = event.target.checked ? 'text' : 'password';
});

form.addEventListener('submit', async event => {
  event.preventDefault();

  // A double click sends one request.
  if (isRunning) {
    return;
  }

  work(true);
  try {
    await send();
  } catch {
    mayHaveSucceeded = true;
    say('No response from the server. Check your connection, and press the button again. That is safe.', 'error');
  } finally {
    work(false);
  }
});

async function send() {
  const body = Object.fromEntries(names.map(name => [name, link.get(name)]));
  for (const field of form.querySelectorAll('[data-sent]')) {
    body[field.name] = field.value;
  }

  const response = await fetch(form.dataset.call, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.ok) {
    form.hidden = true;
    say(form.dataset.done, 'success');
    return;
  }

  explain(await response.json(), response.headers.get('Retry-After'));
}

// Shows an error of a field beside it, and any other problem as the message.
function explain(problem, seconds) {
  const errors = problem.errors ?? {};
  const field = [...form.querySelectorAll('[data-sent]')].find(candidate => errors[candidate.name]);
  if (field) {
    const text = document.querySelector(`#${field.id}-error`);
    text.textContent = errors[field.name].join(' ');
    field.setAttribute('aria-invalid', 'true');
    field.focus();
    return;
  }

  // Errors of members without a field are about the parameters of the link.
  let text = problem.errors ? incomplete : problem.detail;
  if (seconds) {
    text = `${problem.title} Try again in ${seconds} seconds.`;
  }

  // The link works once, and the lost response may have been a success.
  if (mayHaveSucceeded && problem.type.endsWith(':invalid-token')) {
    text += ' The first attempt may have succeeded: try to sign in.';
  }

  say(text, 'error');
}

function say(text, kind) {
  message.textContent = text;
  message.className = kind;
  message.focus();
}

// Not the attribute "disabled", which would take the keyboard focus away from the button.
function work(isStarting) {
  isRunning = isStarting;
  button.setAttribute('aria-disabled', String(isStarting));
  form.setAttribute('aria-busy', String(isStarting));
  button.textContent = isStarting ? form.dataset.doing : label;
  if (isStarting) {
    message.textContent = '';
    for (const field of form.querySelectorAll('[data-sent]')) {
      field.removeAttribute('aria-invalid');
      document.querySelector(`#${field.id}-error`).textContent = '';
    }
  }
}
