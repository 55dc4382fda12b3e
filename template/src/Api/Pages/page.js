// What is behind a mailed link: a button that sends what the link carries. Opening the page changes nothing, because
// mail programs open links too.
'use strict';

const form = document.querySelector('form');
const button = form.querySelector('button');
const message = document.querySelector('#message');
const link = new URLSearchParams(location.search);
const resting = button.textContent;
const incomplete = 'This link is incomplete. Copy the whole link from the mail into the address bar.';
let isRunning = false;
let mayHaveWorked = false;

// The token must not stay in the history, where the next person at this machine finds it.
history.replaceState(null, '', location.pathname);

const names = form.dataset.link.split(' ');
if (names.some(name => !link.get(name))) {
  form.hidden = true;
  say(incomplete, 'bad');
}

for (const field of form.querySelectorAll('[data-shows]')) {
  field.value = link.get(field.dataset.shows) ?? '';
}

document.querySelector('#show')?.addEventListener('change', event => {
  form.elements.newPassword.type = event.target.checked ? 'text' : 'password';
});

form.addEventListener('submit', async event => {
  event.preventDefault();

  // Two clicks are one wish.
  if (isRunning) {
    return;
  }

  work(true);
  try {
    await send();
  } catch {
    mayHaveWorked = true;
    say('No answer came. Check your connection, and press the button again: that does no harm.', 'bad');
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
    say(form.dataset.done, 'good');
    return;
  }

  explain(await response.json(), response.headers.get('Retry-After'));
}

// A problem says what happened and what to do. What is wrong with a field stands beside it.
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

  // What is wrong with something that has no field came with the link.
  let text = problem.errors ? incomplete : problem.detail;
  if (seconds) {
    text = `${problem.title} Try again in ${seconds} seconds.`;
  }

  // The link is good once, and the answer that got lost may have been a good one.
  if (mayHaveWorked && problem.type.endsWith(':invalid-token')) {
    text += ' It may have worked the first time: try to sign in.';
  }

  say(text, 'bad');
}

function say(text, kind) {
  message.textContent = text;
  message.className = kind;
  message.focus();
}

// Not the attribute "disabled": that would take the focus away from who uses the keyboard.
function work(isStarting) {
  isRunning = isStarting;
  button.setAttribute('aria-disabled', String(isStarting));
  form.setAttribute('aria-busy', String(isStarting));
  button.textContent = isStarting ? form.dataset.doing : resting;
  if (isStarting) {
    message.textContent = '';
    for (const field of form.querySelectorAll('[data-sent]')) {
      field.removeAttribute('aria-invalid');
      document.querySelector(`#${field.id}-error`).textContent = '';
    }
  }
}
