// The network of the tour: fetch, watched, and made worse by two switches. In your own front end this is just fetch.
const [slow, lossy, log] = ['#slow', '#lossy', '#log'].map(id => document.querySelector(id));

export const pause = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });

/** Sends a request as fetch does, and writes it into the log. Only answers to a side of step 2 can get lost. */
export async function network(address, request, { send = fetch, side, attempt = 1 }) {
  const answered = note(side?.id ?? 'page', request.method, address, request.headers['Idempotency-Key']);
  side?.sent();
  try {
    const response = await send(address, request);
    // The server has done its work; what follows happens to the answer on its way back.
    response.ok && side?.saved(await response.clone().json());
    await pause(slow.checked ? 2000 : 0);
    const isLost = lossy.checked && side && attempt === 1;
    const isReplayed = response.headers.has('Idempotency-Replayed');
    answered(`${response.status}${isReplayed ? ' replayed' : ''}${isLost ? ' lost' : ''}`, response.ok && !isLost);
    return isLost ? Promise.reject(new Error('The answer got lost.')) : response;
  } catch (error) {
    answered('no answer', false);
    throw error;
  }
}

/** Adds a line to the log. Returns what fills in the answer. */
function note(from, method, address, key) {
  const path = address.replace('api/v1', '').replace(/[\da-f-]{32}([\da-f]{4})/g, '…$1');
  const line = log.insertRow(0);
  line.className = from;
  const cells = [from, `${method} ${path}`, key?.slice(0, 8) ?? '–', '…'].map(text =>
    Object.assign(line.insertCell(), { textContent: text }));
  log.rows[100]?.remove();
  return (answer, isGood) =>
    Object.assign(cells.at(-1), { textContent: answer, className: isGood ? 'success' : 'error' });
}
