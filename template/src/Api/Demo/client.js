// How to call this API so that slow networks, lost answers and double clicks do no harm. Copy this into your front end.
import { network, pause } from './network.js';

// In memory only: every script that gets into the page could read the storage of the browser.
export const session = { tokens: null, onEnd() {}, onRetry() {} };
let refreshing = null;

/** Sends a request. Throws the problem of an error response. */
export async function call(method, path, options = {}) {
  const { body, headers, signal = AbortSignal.timeout(30_000), bearer = session.tokens } = options;
  const isForm = body instanceof FormData;
  const response = await network(`api/v1${path}`, {
    method,
    headers: {
      ...(body && !isForm && { 'Content-Type': 'application/json' }),
      ...(bearer && { Authorization: `Bearer ${bearer.accessToken}` }),
      ...headers,
    },
    body: isForm ? body : JSON.stringify(body),
    signal,
  }, options);

  // The access token has expired: refresh it and send the request again. Of several requests with the same expired
  // token, the first refreshes it for all.
  if (response.status === 401 && bearer) {
    await (bearer === session.tokens && (refreshing ??= refresh()));
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
    const body = { refreshToken: session.tokens.refreshToken };
    session.tokens = (await call('POST', '/auth/refresh', { body, bearer: null })).content;
  } catch (problem) {
    // Only 401 ends the session. After any other response, or none, the same token can be sent again.
    if (problem.status === 401) {
      session.tokens = null;
      session.onEnd();
    }
    throw problem;
  } finally {
    refreshing = null;
  }
}

/** Sends a form exactly once: all attempts with the same content, also those of the user, have the same key. */
export async function callOnce(method, path, options) {
  const { form, signal } = options;
  const key = form.dataset.key ??= crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await call(method, path, { ...options, attempt, headers: { 'Idempotency-Key': key } });
      // Empty, the form stops the next click. What the user has typed meanwhile is a new request already.
      form.dataset.key === key && form.reset();
      return response;
    } catch (problem) {
      // Without a status there was no response, and the change may have been saved; the key makes a retry safe. Not
      // retried: a full storage (507), and what the user has cancelled.
      const { status = 500, type, title = 'No response from the server.', retryAfter } = problem;
      const isTransient = status >= 500 && status !== 507 || type?.endsWith('request-in-progress');
      if (!isTransient || signal?.aborted || attempt === 5) {
        throw problem;
      }
      session.onRetry(`${title} Retrying with the same key (${attempt}) …`);
      const isCancelled = new Promise(resolve => { signal?.addEventListener('abort', resolve); });
      await Promise.race([pause(1000 * (retryAfter ?? attempt)), isCancelled]);
    }
  }
}

// The key belongs to the content of the form: a changed form is a new request, with a new key.
document.addEventListener('input', event => delete event.target.form?.dataset.key);
document.addEventListener('reset', event => delete event.target.dataset.key);
