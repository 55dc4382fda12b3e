// A front end for the tour: how to call this API so that slow networks, lost responses and double clicks do no harm.
const $ = selector => document.querySelector(selector);
const [naive, message, door, desk, list, more] = ['#naive', '#message', '#door', '#desk', '#list', '#more'].map($);

// In memory only: every script that gets into the page could read the storage of the browser.
let tokens = null;
let refreshing = null;
let cursor = null;

// ---- Calling the API ------------------------------------------------------------------------------------------------

/** Sends a request. Throws the problem of an error response. */
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

  // The access token has expired: refresh it and send the request again. Of several requests with the same expired
  // token, the first refreshes it for all.
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
    const body = { refreshToken: tokens.refreshToken };
    tokens = (await call('POST', '/auth/refresh', { body, bearer: null })).content;
  } catch (problem) {
    // Only 401 ends the session. After any other response, or none, the same token can be sent again.
    if (problem.status === 401) {
      tokens = null;
      show(door);
    }

    throw problem;
  } finally {
    refreshing = null;
  }
}

/** Sends a form exactly once: all attempts, also those of the user, have the same Idempotency-Key. */
async function callOnce(method, path, options) {
  const { form, signal } = options;
  form.dataset.key ??= crypto.randomUUID();
  const headers = { 'Idempotency-Key': form.dataset.key };
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await call(method, path, { ...options, headers });
      delete form.dataset.key;

      return response;
    } catch (problem) {
      // Without a status there was no response, and the change may have been saved; the key makes a retry safe. Not
      // retried: a full storage (507), and what the user has cancelled.
      const { status = 500, type, title = 'No response from the server.' } = problem;
      const isTransient = status >= 500 && status !== 507 || type?.endsWith('request-in-progress');
      if (!isTransient || signal?.aborted || attempt === 5) {
        throw problem;
      }

      say(`${title} Retrying with the same key (${attempt}) …`);
      const wait = 1000 * (problem.retryAfter ?? attempt);
      await new Promise(resolve => { setTimeout(resolve, wait); signal?.addEventListener('abort', resolve); });
    }
  }
}

// A changed form is a new request, with a new key.
document.addEventListener('input', event => delete event.target.form?.dataset.key);

/** Like fetch, with the progress of the upload, which only XMLHttpRequest reports. */
const fetchWith = progress => (address, { method, headers, body, signal }) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  signal.throwIfAborted();
  signal.addEventListener('abort', () => request.abort());
  request.open(method, address);
  Object.entries(headers).forEach(header => request.setRequestHeader(...header));
  request.responseType = 'blob';
  // Longer than Uploads:Timeout.
  request.timeout = 150_000;
  request.upload.onprogress = ({ loaded, total }) => { progress.value = loaded / total; };
  request.onerror = request.ontimeout = request.onabort = () => reject(new Error('No response from the server.'));
  request.onload = () => {
    const lines = request.getAllResponseHeaders().trim().split('\r\n').map(line => line.split(/: (.*)/, 2));
    resolve(new Response(request.response, { status: request.status, headers: lines }));
  };
  request.send(body);
});

// ---- Messages -------------------------------------------------------------------------------------------------------

function say(text, kind = '') {
  message.textContent = text;
  message.className = kind;
}

/** Shows the title and detail of a problem, and the errors of its members. */
function explain(problem) {
  const { errors = {} } = problem;
  const { title = 'No response from the server.', detail = 'Check your connection, and try again.' } = problem;
  const members = Object.entries(errors).map(([name, texts]) => `${name}: ${texts.join(' ')}`);
  say([title, detail, ...members].join(' '), 'error');
  message.focus();
}

/** Runs the action of a button, once at a time, and shows progress on the button. Naive mode does neither. */
async function work(button, text, action) {
  if (naive.checked) {
    return action().catch(explain);
  }

  if (button.ariaDisabled === 'true') {
    return;
  }

  const label = button.textContent;
  Object.assign(button, { ariaDisabled: 'true', textContent: text });
  say('');
  try {
    await action();
  } catch (problem) {
    explain(problem);
  } finally {
    Object.assign(button, { ariaDisabled: 'false', textContent: label });
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
      say('A mail with a link is on its way to you. Follow the link, then sign in.', 'success');
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
    say(`“${content.title}” is open.`, 'success');
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
  const [edit, close, form, conflict] = ['.edit', '.close', 'form', '.error'].map(name => item.querySelector(name));
  const path = `/tickets/${ticket.id}`;
  let etag;
  item.id = ticket.id;

  function fill(response, isEditing = false) {
    ({ content: ticket, etag } = response);
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

        // Another user saved first. Both texts are shown; saving again overwrites the other one.
        fill(await call('GET', path), true);
        conflict.textContent = `${problem.title} It says “${ticket.title}” and “${ticket.description}” now. `
          + 'Save again to put yours in its place.';
      }
    });
  });

  close.addEventListener('click', () => work(close, 'Closing …', async () => fill(await call('POST', `${path}/close`))));

  fill({ content: ticket });
  showFiles(item, `${path}/attachments`);

  return item;
}

// ---- Files ----------------------------------------------------------------------------------------------------------

/** The files of a ticket, loaded when they are first shown. */
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
      // A small request first: an expired access token is refreshed before the upload, not after megabytes were sent.
      await fetchFiles();
      const { length } = files.children;
      [progress.value, sending.hidden] = [0, false];
      try {
        const attach = naive.checked ? call : callOnce;
        const { content } = await attach('POST', path, { body, form, send: fetchWith(progress), signal: stop.signal });
        files.append(document.getElementById(content.id) ?? entry(content));
        form.reset();
        say(`“${content.fileName}” is attached.`, 'success');
      } catch (problem) {
        if (!stop.signal.aborted) {
          throw problem;
        }

        // The upload may have been complete before it was cancelled.
        await fetchFiles();
        say(files.children.length > length ? 'Too late: it is attached.' : 'Cancelled. Nothing was attached.');
      } finally {
        // Hiding a focused button would lose the focus.
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

    // Not a link to the API: the browser would follow it without the access token.
    save.addEventListener('click', () => work(save, 'Loading …', async () => {
      const { content } = await call('GET', `${path}/${file.id}`, { signal: AbortSignal.timeout(150_000) });
      const href = URL.createObjectURL(content);
      Object.assign(document.createElement('a'), { href, download: file.fileName }).click();
      // Later, because some browsers have not started to read yet.
      setTimeout(() => URL.revokeObjectURL(href), 10_000);
    }));

    // Asks first: the second of two fast clicks would hit the next file, which moves up.
    remove.addEventListener('click', () => confirm('Delete this file permanently?') && work(remove, 'Removing …', async () => {
      await call('DELETE', `${path}/${file.id}`);
      line.remove();
      toggle.focus();
      say(`“${file.fileName}” is removed.`, 'success');
    }));

    return line;
  }
}
