// A front end for the tour: how to call this API so that slow networks, lost answers and impatient fingers do no harm.
const $ = selector => document.querySelector(selector);
const [naive, message, door, desk, list, more] = ['#naive', '#message', '#door', '#desk', '#list', '#more'].map($);

// In memory only: what is kept in the browser's storage can be read by every script that gets into the page.
let tokens = null;
let refreshing = null;
let cursor = null;

// ---- Calling the API ------------------------------------------------------------------------------------------------

/** Sends a request. A problem is thrown as it came; it says in words what happened and what to do. */
async function call(method, path, options = {}) {
  const { body, headers, send = fetch, signal = AbortSignal.timeout(30_000), bearer = tokens } = options;
  const isForm = body instanceof FormData;
  const response = await send(`api/v1${path}`, {
    method,
    headers: {
      ...(body && !isForm && { 'Content-Type': 'application/json' }),
      ...(bearer && { Authorization: `Bearer ${bearer.accessToken}` }),
      ...headers,
    },
    body: isForm ? body : JSON.stringify(body),
    signal,
  });

  // An access token is good for minutes. The next one is fetched, and the request sent again. Of several requests that
  // meet the end of the same token, the first fetches for all.
  if (response.status === 401 && bearer) {
    await (bearer === tokens && (refreshing ??= refresh()));

    return call(method, path, options);
  }

  const isJson = response.headers.get('Content-Type')?.includes('json');
  const content = await (isJson ? response.json() : response.blob());
  if (!response.ok) {
    throw Object.assign(new Error(content.detail), content, { retryAfter: response.headers.get('Retry-After') });
  }

  return { content, etag: response.headers.get('ETag') };
}

async function refresh() {
  try {
    const { refreshToken } = tokens;
    tokens = (await call('POST', '/auth/refresh', { body: { refreshToken }, bearer: null })).content;
  } catch (problem) {
    // Any other answer, or none, says nothing about the session; the same token can be sent again.
    if (problem.status === 401) {
      tokens = null;
      show(door);
    }

    throw problem;
  } finally {
    refreshing = null;
  }
}

/** Sends what a form asks for and what must happen once: with one key for all attempts, also those of the user. */
async function callOnce(method, path, options) {
  const { form, signal } = options;
  form.dataset.key ??= crypto.randomUUID();
  const headers = { 'Idempotency-Key': form.dataset.key };
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await call(method, path, { ...options, headers });
      delete form.dataset.key;

      return answer;
    } catch (problem) {
      // No status: no answer. It may have been done or not; the key makes asking again harmless. What will not change
      // by itself is not asked again: a full store (507), and a user who has cancelled.
      const { status = 500, type, title = 'No answer came.' } = problem;
      const isPassing = status >= 500 && status !== 507 || type?.endsWith('request-in-progress');
      if (!isPassing || signal?.aborted || attempt === 5) {
        throw problem;
      }

      say(`${title} Asking again with the same key (${attempt}) …`);
      const wait = 1000 * (problem.retryAfter ?? attempt);
      await new Promise(resolve => { setTimeout(resolve, wait); signal?.addEventListener('abort', resolve); });
    }
  }
}

// Whoever changes a form wants something else, with a key of its own.
document.addEventListener('input', event => delete event.target.form?.dataset.key);

/** Like fetch, which cannot tell how much has gone out. XMLHttpRequest can. */
const fetchWith = progress => (address, { method, headers, body, signal }) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  signal.throwIfAborted();
  signal.addEventListener('abort', () => request.abort());
  request.open(method, address);
  Object.entries(headers).forEach(header => request.setRequestHeader(...header));
  request.responseType = 'blob';
  // Longer than the server waits for a file.
  request.timeout = 150_000;
  request.upload.onprogress = ({ loaded, total }) => { progress.value = loaded / total; };
  request.onerror = request.ontimeout = request.onabort = () => reject(new Error('No answer came.'));
  request.onload = () => {
    const lines = request.getAllResponseHeaders().trim().split('\r\n').map(line => line.split(/: (.*)/, 2));
    resolve(new Response(request.response, { status: request.status, headers: lines }));
  };
  request.send(body);
});

// ---- What the user sees ---------------------------------------------------------------------------------------------

function say(text, kind = '') {
  message.textContent = text;
  message.className = kind;
}

/** Says a problem in its own words, and what is wrong with each member. */
function explain(problem) {
  const { title = 'No answer came.', detail = 'Check your connection, and try again.', errors = {} } = problem;
  const members = Object.entries(errors).map(([name, texts]) => `${name}: ${texts.join(' ')}`);
  say([title, detail, ...members].join(' '), 'bad');
  message.focus();
}

/** Does something for a button: once at a time, and the button shows that it works. The naive mode does neither. */
async function work(button, text, action) {
  if (naive.checked) {
    return action().catch(explain);
  }

  if (button.ariaDisabled === 'true') {
    return;
  }

  const resting = button.textContent;
  button.ariaDisabled = 'true';
  button.textContent = text;
  say('');
  try {
    await action();
  } catch (problem) {
    explain(problem);
  } finally {
    button.ariaDisabled = 'false';
    button.textContent = resting;
  }
}

function show(part) {
  door.hidden = part !== door;
  desk.hidden = part !== desk;
}

// ---- Signing in -----------------------------------------------------------------------------------------------------

door.addEventListener('submit', event => {
  event.preventDefault();
  const body = { email: $('#email').value, password: $('#password').value };
  if (event.submitter.value === 'sign-up') {
    work(event.submitter, 'Signing up …', async () => {
      await call('POST', '/auth/register', { body });
      $('#mail').hidden = false;
      say('A mail with a link is on its way to you. Follow the link, then sign in.', 'good');
    });
  } else {
    work(event.submitter, 'Signing in …', async () => {
      tokens = (await call('POST', '/auth/login', { body })).content;
      show(desk);
      list.replaceChildren();
      await load();
    });
  }
});

// In Development mails are files, and the app shows the link in the newest one.
$('#mail').addEventListener('click', event => work(event.target, 'Looking …', async () => {
  const response = await fetch(`demo/mail?email=${encodeURIComponent($('#email').value)}`);
  if (!response.ok) {
    throw await response.json();
  }

  window.open(await response.text(), '_blank', 'noopener');
}));

$('#leave').addEventListener('click', event => work(event.target, 'Signing out …', async () => {
  await call('POST', '/auth/logout');
  tokens = null;
  show(door);
}));

// ---- Tickets --------------------------------------------------------------------------------------------------------

$('#new').addEventListener('submit', event => {
  event.preventDefault();
  const body = { title: $('#title').value, priority: $('#priority').value };
  work(event.submitter, 'Opening …', async () => {
    const send = naive.checked ? call : callOnce;
    const { content } = await send('POST', '/tickets', { body, form: event.target });
    list.prepend(document.getElementById(content.id) ?? row(content));
    say(`“${content.title}” is open.`, 'good');
  });
});

more.addEventListener('click', () => work(more, 'Loading …', () => load(cursor)));

async function load(after) {
  const skeletons = [1, 2, 3].map(() => Object.assign(document.createElement('li'), { className: 'skeleton' }));
  list.ariaBusy = 'true';
  list.append(...skeletons);
  try {
    const query = new URLSearchParams({ limit: 10, ...(after && { cursor: after }) });
    const { content } = await call('GET', `/tickets?${query}`);
    // A ticket that was opened while the list was loading is in both.
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
  const [edit, close, form, conflict] = ['.edit', '.close', 'form', '.bad'].map(name => item.querySelector(name));
  const path = `/tickets/${ticket.id}`;
  let etag;
  item.id = ticket.id;

  function fill(answer, isEditing = false) {
    ({ content: ticket, etag } = answer);
    item.querySelector('h3').textContent = ticket.title;
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
    const { title, description } = form.elements;
    const body = { title: title.value, description: description.value, priority: ticket.priority };
    work(event.submitter, 'Saving …', async () => {
      try {
        fill(await call('PUT', path, { body, headers: { 'If-Match': etag } }));
      } catch (problem) {
        if (problem.status !== 412) {
          throw problem;
        }

        // Somebody else was quicker. Both texts are shown, and the user decides: saving again overwrites.
        fill(await call('GET', path), true);
        conflict.textContent = `${problem.title} It says “${ticket.title}” and “${ticket.description}” now. `
          + 'Save again to put yours in its place.';
      }
    });
  });

  close.addEventListener('click', () => work(close, 'Closing …', async () => {
    fill(await call('POST', `${path}/close`));
  }));

  fill({ content: ticket });
  showFiles(item, `${path}/attachments`);

  return item;
}

// ---- Files ----------------------------------------------------------------------------------------------------------

/** The part of a ticket with its files. It is fetched when somebody wants to see it. */
function showFiles(item, path) {
  const [toggle, part, files, form, sending, progress, cancel] =
    ['.files', '.part', 'ul', '.attach', '.sending', 'progress', '.cancel'].map(name => item.querySelector(name));
  const fetchFiles = async () => {
    const newest = files.lastChild?.id;
    const { content } = await call('GET', path);
    // A list that the server read before a file was attached, and that arrives afterwards, lacks that file.
    newest === files.lastChild?.id && files.replaceChildren(...content.map(entry));
  };

  toggle.addEventListener('click', () => work(toggle, 'Loading …', async () => {
    await (part.hidden && fetchFiles());
    part.hidden = !part.hidden;
    toggle.ariaExpanded = String(!part.hidden);
  }));

  form.addEventListener('submit', event => {
    event.preventDefault();
    const body = new FormData(form);
    work(event.submitter, 'Attaching …', async () => {
      const stop = new AbortController();
      cancel.onclick = () => stop.abort();
      // A small call first: should the access token have expired, that is found out before megabytes are on their way.
      await fetchFiles();
      const { length } = files.children;
      progress.value = 0;
      sending.hidden = false;
      try {
        const attach = naive.checked ? call : callOnce;
        const { content } = await attach('POST', path, { body, form, send: fetchWith(progress), signal: stop.signal });
        files.append(document.getElementById(content.id) ?? entry(content));
        form.reset();
        say(`“${content.fileName}” is attached.`, 'good');
      } catch (problem) {
        if (!stop.signal.aborted) {
          throw problem;
        }

        // It may have arrived just before. Only the server knows.
        await fetchFiles();
        say(files.children.length > length ? 'Too late: it is attached.' : 'Cancelled. Nothing was attached.');
      } finally {
        // With the button the focus would be lost.
        document.activeElement === cancel && form.elements.file.focus();
        sending.hidden = true;
      }
    });
  });

  function entry(file) {
    const line = $('#file').content.firstElementChild.cloneNode(true);
    const [save, remove] = line.querySelectorAll('button');
    line.id = file.id;
    line.querySelector('p').textContent = `${file.fileName}, ${file.size.toLocaleString()} bytes`;
    save.ariaLabel = `Download ${file.fileName}`;
    remove.ariaLabel = `Remove ${file.fileName}`;

    // No link to the API: the browser would follow that without the access token.
    save.addEventListener('click', () => work(save, 'Loading …', async () => {
      const { content } = await call('GET', `${path}/${file.id}`, { signal: AbortSignal.timeout(150_000) });
      const href = URL.createObjectURL(content);
      Object.assign(document.createElement('a'), { href, download: file.fileName }).click();
      // Not at once: some browsers have not begun to read by then.
      setTimeout(() => URL.revokeObjectURL(href), 10_000);
    }));

    // Asks first. The second of two fast clicks would hit the next file, which moves up when this one is gone.
    remove.addEventListener('click', () => confirm('Remove it for good?') && work(remove, 'Removing …', async () => {
      await call('DELETE', `${path}/${file.id}`);
      line.remove();
      toggle.focus();
      say(`“${file.fileName}” is removed.`, 'good');
    }));

    return line;
  }
}
