// The tour: signing in, ten clicks on both sides, and the tickets. How to call the API is in client.js.
import { call, callOnce, session } from './client.js';
import { showFiles } from './files.js';
import { $, explain, say, work } from './messages.js';
import { pause } from './network.js';

const [door, desk, list, more] = ['#door', '#desk', '#list', '#more'].map($);
let cursor = null;

// ---- Step 1: signing in ---------------------------------------------------------------------------------------------
function show(part) {
  door.hidden = part !== door;
  desk.hidden = $('#who').hidden = part !== desk;
}

session.onEnd = () => show(door);
session.onRetry = say;

door.addEventListener('submit', event => {
  event.preventDefault();
  const body = { email: $('#email').value, password: $('#password').value };
  const isNew = event.submitter.value === 'sign-up';
  work(event.submitter, isNew ? 'Signing up …' : 'Signing in …', () => isNew
    ? mail('/auth/register', body, 'A mail with a link is on its way to you. Follow the link, then sign in.')
    : signIn(body));
});

async function signIn(body) {
  session.tokens = (await call('POST', '/auth/login', { body })).content;
  $('#who b').textContent = (await call('GET', '/account')).content.email;
  show(desk);
  list.replaceChildren();
  await load();
}

/** The API answers the same for every address, so that its answers tell of no account. */
async function mail(path, body, text) {
  await call('POST', path, { body });
  $('#mail').hidden = false;
  say(text, 'success');
}

for (const [id, path, who] of [
  ['#again', '/auth/resend-confirmation', 'is not confirmed'], ['#forgot', '/auth/forgot-password', 'has an account'],
]) {
  const text = `If the address ${who}, a mail with a new link is on its way.`;
  $(id).addEventListener('click', event => $('#email').reportValidity()
    && work(event.target, 'Sending …', () => mail(path, { email: $('#email').value }, text)));
}

// In Development mails are files; /demo/mail returns the link in the newest one.
$('#mail').addEventListener('click', event => work(event.target, 'Looking …', async () => {
  const response = await fetch(`demo/mail?email=${encodeURIComponent($('#email').value)}`);
  if (!response.ok) {
    throw await response.json();
  }
  window.open(await response.text(), '_blank', 'noopener');
}));

$('#leave').addEventListener('click', event => work(event.target, 'Signing out …', async () => {
  await call('POST', '/auth/logout');
  session.tokens = null;
  $('#clear').click();
  show(door);
}));

// ---- Step 2: ten clicks ---------------------------------------------------------------------------------------------
/** One side: its form, its three counters, and the tickets that the server has made of its clicks. */
function prepare(id, open) {
  const part = $(id);
  part.append($('#opening').content.cloneNode(true));
  const [form, opened] = ['form', 'ol'].map(name => part.querySelector(name));
  const [clicks, requests, tickets] = part.querySelectorAll('dd');
  const count = counter => { counter.textContent = Number(counter.textContent) + 1; };
  const side = {
    id: part.id,
    sent: () => count(requests),
    saved: ticket => {
      const item = { id: `${part.id}-${ticket.id}`, textContent: `${ticket.title} (…${ticket.id.slice(-4)})` };
      if (!document.getElementById(item.id)) {
        opened.append(Object.assign(document.createElement('li'), item));
        count(tickets);
      }
    },
  };
  form.querySelector('button').addEventListener('click', () => count(clicks));
  form.addEventListener('submit', event => {
    event.preventDefault();
    open(event.submitter, { side, form, body: { title: form.elements.title.value } });
  });
  $('#clear').addEventListener('click', () => {
    [clicks, requests, tickets].forEach(counter => { counter.textContent = 0; });
    [opened, $('#log')].forEach(part => part.replaceChildren());
    form.reset();
  });
  return form;
}

const careful = prepare('#careful', (button, options) => work(button, 'Opening …', async () => {
  shown(await callOnce('POST', '/tickets', options));
}));
// What most pages do: no key, a button that stays live, and a form that keeps its content.
const naive = prepare('#naive', (button, options) => call('POST', '/tickets', options).then(shown).catch(explain));

function shown({ content }) {
  list.prepend(document.getElementById(content.id) ?? row(content));
  say(`“${content.title}” is open.`, 'success');
}

$('#ten').addEventListener('click', event => work(event.target, 'Clicking …', async () => {
  [careful, naive].forEach(form => { form.elements.title.value ||= 'Printer is on fire'; });
  for (let i = 0; i < 10; i++) {
    [careful, naive].forEach(form => form.querySelector('button').click());
    await pause(120);
  }
}));

// ---- Step 3: the tickets --------------------------------------------------------------------------------------------
more.addEventListener('click', () => work(more, 'Loading …', () => load(cursor)));

async function load(after) {
  const skeletons = [1, 2, 3].map(() => Object.assign(document.createElement('li'), { className: 'skeleton' }));
  list.ariaBusy = 'true';
  list.append(...skeletons);
  try {
    const query = new URLSearchParams({ limit: 10, ...(after && { cursor: after }) });
    const { content } = await call('GET', `/tickets?${query}`);
    // Without tickets that were opened while the page was loading: they are in the list already.
    list.append(...content.items.filter(ticket => !document.getElementById(ticket.id)).map(row));
    cursor = content.nextCursor;
    more.hidden = !cursor;
  } finally {
    skeletons.forEach(skeleton => skeleton.remove());
    list.ariaBusy = 'false';
  }
}

function row(ticket) {
  const item = $('#ticket').content.firstElementChild.cloneNode(true);
  const [edit, close, form, conflict] = ['.edit', '.close', 'form', '.conflict'].map(name => item.querySelector(name));
  const path = `/tickets/${ticket.id}`;
  let etag;
  item.id = ticket.id;

  function fill(response, isEditing = false) {
    ({ content: ticket, etag } = response);
    item.querySelector('h3').textContent = ticket.title;
    item.querySelector('.description').textContent = ticket.description;
    item.querySelector('.hint').textContent =
      `${ticket.status}, ${ticket.priority}, ${new Date(ticket.updatedAt).toLocaleString()}`;
    close.hidden = ticket.status === 'closed';
    edit.hidden = close.hidden || isEditing;
    form.hidden = !isEditing;
    conflict.textContent = '';
  }

  edit.addEventListener('click', () => work(edit, 'Loading …', async () => {
    fill(await call('GET', path), true);
    form.elements.title.value = ticket.title;
    form.elements.description.value = ticket.description;
    form.elements.title.focus();
  }));

  form.addEventListener('submit', event => {
    event.preventDefault();
    const body = { ...Object.fromEntries(new FormData(form)), priority: ticket.priority };
    work(event.submitter, 'Saving …', async () => {
      try {
        fill(await call('PUT', path, { body, headers: { 'If-Match': etag } }));
        say(`“${ticket.title}” is saved.`, 'success');
      } catch (problem) {
        if (problem.status !== 412) {
          throw problem;
        }
        // Another user saved first. Both texts are shown; saving again overwrites the other one.
        fill(await call('GET', path), true);
        conflict.textContent = `${problem.title} It says “${ticket.title}” and “${ticket.description}” now. `
          + 'Save again to put yours in its place.';
      }
    });
  });

  const closeIt = async () => fill(await call('POST', `${path}/close`));
  close.addEventListener('click', () => work(close, 'Closing …', closeIt));

  fill({ content: ticket });
  showFiles(item, `${path}/attachments`);
  return item;
}
