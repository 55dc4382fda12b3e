// The files of a ticket: attached once, with progress, and downloaded with the access token.
import { call, callOnce } from './client.js';
import { $, say, work } from './messages.js';

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

/** The files of a ticket, loaded when they are first shown. */
export function showFiles(item, path) {
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
        const options = { body, form, send: fetchWith(progress), signal: stop.signal };
        const { content } = await callOnce('POST', path, options);
        files.append(document.getElementById(content.id) ?? entry(content));
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

    const removeIt = async () => {
      await call('DELETE', `${path}/${file.id}`);
      line.remove();
      toggle.focus();
      say(`“${file.fileName}” is removed.`, 'success');
    };
    // Asks first: the second of two fast clicks would hit the next file, which moves up.
    remove.addEventListener('click', () =>
      confirm('Delete this file permanently?') && work(remove, 'Removing …', removeIt));
    return line;
  }
}
