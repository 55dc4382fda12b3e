// The front end of the sample in a real browser: the whole tour, repeated clicks, and a network that loses responses.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessible, launch, mailedLink, newAddress, openPage, password, post, signUp, url } from './support.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const onPage = (test, options) => async () => {
  const { page, close } = await openPage(browser, options);
  await page.goto(url);
  await test(page);
  await close();
};

const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Signs in a new user with a confirmed address. */
async function signIn(page) {
  const { email, link } = await signUp();
  await post('/auth/confirm-email', { email, token: new URL(link).searchParams.get('token') });
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await button(page, 'Sign in').click();
  await page.waitForSelector('#desk:not([hidden])');

  return email;
}

/** The button and the title of a side, and its three counters: clicks, requests, tickets. */
const opening = (page, side = '#careful') => page.locator(side).getByRole('button');
const title = (page, side = '#careful') => page.locator(side).getByLabel('Title');
const counters = async (page, side) => (await page.locator(`${side} dd`).allTextContents()).map(Number);

/** The answers in the log to the requests of a side, oldest first. */
const answers = async (page, side) => (await page.locator(`#log tr.${side} td:last-child`).allTextContents()).reverse();

async function openTicket(page, text) {
  await title(page).fill(text);
  await opening(page).click();
  await page.waitForSelector(`h3:text-is("${text}")`);
}

/** The titles of the tickets on the server. */
async function titles(email) {
  const { accessToken } = await (await post('/auth/login', { email, password })).json();
  const response = await fetch(`${url}/api/v1/tickets?limit=100`, { headers: { Authorization: `Bearer ${accessToken}` } });

  return (await response.json()).items.map(ticket => ticket.title);
}

/** Ten clicks before the first response. */
const tenClicks = (page, selector) => page.evaluate(selector => {
  const target = document.querySelector(selector);
  for (let i = 0; i < 10; i++) {
    target.click();
  }
}, selector);

/** Waits for a text while the clock of the page runs ahead, so that retries come at once. */
async function sooner(page, text) {
  while (!await page.locator('#message.error').getByText(text).isVisible()) {
    await page.clock.fastForward(5_000);
    await page.waitForTimeout(50);
  }
}

const settled = page => page.waitForLoadState('networkidle');

describe('the tour', () => {
  it('goes from signing up to a closed ticket without leaving the page but for the link', onPage(async page => {
    const email = newAddress();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await button(page, 'Sign up').click();
    await page.getByText('A mail with a link is on its way').waitFor();
    await mailedLink(email);

    const opened = page.context().waitForEvent('page');
    await button(page, 'Open the mail with the link').click();
    const confirmation = await opened;
    await confirmation.getByRole('button', { name: 'Confirm' }).click();
    await confirmation.waitForSelector('#message.success');
    assert.equal(new URL(await confirmation.getByText('Back to the tour').getAttribute('href'), url).pathname, '/');
    await confirmation.close();

    await button(page, 'Sign in').click();
    await page.waitForSelector('#desk:not([hidden])');
    assert.equal(await page.textContent('#who b'), email);
    await page.waitForSelector('#list:empty[aria-busy=false]', { state: 'attached' });
    assert.match(await page.evaluate(() => getComputedStyle(document.querySelector('#list'), '::before').content), /No/);
    assert.equal((await page.request.get(await page.getByText('API documentation').evaluate(a => a.href))).status(), 200);
    await openTicket(page, 'Printer is on fire');
    await button(page, 'Edit').click();
    await page.getByLabel('Description').fill('Second floor.');
    await button(page, 'Save').click();
    await page.waitForSelector('#list form', { state: 'hidden' });
    await page.locator('#list').getByText('Second floor.').waitFor();
    await button(page, 'Close').click();
    await page.getByText(/^closed, normal/).waitFor();
    assert.equal(await button(page, 'Edit').isVisible(), false);
    await button(page, 'Sign out').click();
    await page.waitForSelector('#door:not([hidden])');

    assert.deepEqual(await titles(email), ['Printer is on fire']);
  }));

  it('says in words what is wrong', onPage(async page => {
    await page.getByLabel('E-mail address').fill(newAddress());
    await page.getByLabel('Password').fill('passwordpassword');
    await button(page, 'Sign up').click();
    await page.locator('#password-error').getByText('Your password is too easy to guess.').waitFor();
    assert.match(await page.getAttribute('#password', 'aria-describedby'), /password-hint password-error/);
    await page.getByLabel('Password').fill('short');
    await button(page, 'Sign up').click();
    await page.getByText('Your password needs at least 15 characters.').waitFor();
    assert.equal(await page.locator('.error[role=alert]').count(), 1);
    await accessible(page);

    await button(page, 'Sign in').click();
    await page.getByText('Check the address and the password.').waitFor();
    assert.equal(await page.locator('[aria-invalid]').count(), 0);
  }));

  it('sends the mail again, and one for a forgotten password', onPage(async page => {
    const { email, link } = await signUp();
    await page.getByLabel('E-mail address').fill(email);
    await button(page, 'Send the mail again').click();
    await page.getByText('If the address is not confirmed, a mail with a new link is on its way.').waitFor();
    assert.notEqual(await mailedLink(email, 2), link);

    await post('/auth/confirm-email', { email, token: new URL(await mailedLink(email, 2)).searchParams.get('token') });
    await button(page, 'Forgot the password').click();
    await page.getByText('If the address has an account, a mail with a new link is on its way.').waitFor();
    assert.match(await mailedLink(email, 3), /reset-password/);
  }));

  it('loads more, and shows placeholders while loading', onPage(async page => {
    await signIn(page);
    for (let i = 1; i <= 12; i++) {
      await openTicket(page, `Ticket ${i}`);
    }

    await button(page, 'Sign out').click();
    await button(page, 'Sign in').click();
    await page.waitForSelector('h3:text-is("Ticket 3")');
    assert.equal(await page.locator('#list li').count(), 10);

    let release;
    const released = new Promise(resolve => { release = resolve; });
    await page.route('**/api/v1/tickets?*', async route => { await released; await route.continue(); });
    await button(page, 'Load more').click();
    await page.waitForSelector('.skeleton');
    assert.equal(await page.getAttribute('#list', 'aria-busy'), 'true');
    assert.equal(await page.locator('#more').textContent(), 'Loading …');
    release();
    await page.waitForSelector('h3:text-is("Ticket 1")');

    assert.equal(await page.locator('#list li').count(), 12);
    assert.equal(await page.locator('#more').isVisible(), false);
  }));

  it('shows a conflict, and lets the user decide', onPage(async page => {
    const email = await signIn(page);
    await openTicket(page, 'Mine');
    await button(page, 'Edit').click();
    await page.waitForSelector('#list form:not([hidden])');

    const { accessToken } = await (await post('/auth/login', { email, password })).json();
    const headers = { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json', 'If-Match': '*' };
    const { items } = await (await fetch(`${url}/api/v1/tickets`, { headers })).json();
    const body = JSON.stringify({ title: 'Mine', description: 'But this is theirs.', priority: 'low' });
    await fetch(`${url}/api/v1/tickets/${items[0].id}`, { method: 'PUT', headers, body });

    await page.locator('#list form').getByLabel('Title').fill('Mine again');
    await button(page, 'Save').click();
    await page.getByText('It says “Mine” and “But this is theirs.” now.').waitFor();
    assert.equal(await button(page, 'Edit').isVisible(), false);
    await accessible(page);
    await button(page, 'Save').click();
    await page.waitForSelector('h3:text-is("Mine again")');

    assert.deepEqual(await titles(email), ['Mine again']);
    await button(page, 'Edit').click();
    await page.waitForSelector('#list form:not([hidden])');
    assert.equal(await page.locator('#list [role=alert]').textContent(), '');
  }));
});

/** From now on the server refuses the access token of the page. */
async function expire(page) {
  let expired;
  await page.route('**/api/v1/tickets', route => {
    const { authorization, ...headers } = route.request().headers();
    expired ??= authorization;

    return route.continue({
      headers: { ...headers, authorization: authorization === expired ? 'Bearer expired' : authorization },
    });
  });
}

describe('an access token that has expired', () => {
  it('is replaced once for all requests that have sent it', onPage(async page => {
    const email = await signIn(page);
    await title(page, '#naive').fill('Ten');
    let refreshes = 0;
    page.on('request', request => { refreshes += request.url().endsWith('/auth/refresh'); });
    await expire(page);

    await tenClicks(page, '#naive button');
    await page.waitForFunction(() => document.querySelectorAll('#list li').length === 10);

    assert.equal(refreshes, 1);
    assert.equal((await titles(email)).length, 10);
  }));

  it('is replaced also when the network loses the first response', onPage(async page => {
    const email = await signIn(page);
    let refreshes = 0;
    await page.route('**/auth/refresh', async route => {
      const response = await route.fetch();
      await (++refreshes === 1 ? route.abort() : route.fulfill({ response }));
    });
    await expire(page);

    await openTicket(page, 'One');

    assert.equal(refreshes, 2);
    assert.equal(await page.locator('#desk').isVisible(), true);
    assert.deepEqual(await titles(email), ['One']);
  }));

  it('is not replaced when the session has ended, and the user has to sign in', onPage(async page => {
    const email = await signIn(page);
    const { accessToken } = await (await post('/auth/login', { email, password })).json();
    const headers = { Authorization: `Bearer ${accessToken}` };
    await fetch(`${url}/api/v1/account/sessions`, { method: 'DELETE', headers });
    await title(page).fill('One');

    await opening(page).click();
    await page.waitForSelector('#door:not([hidden])');

    assert.deepEqual(await titles(email), []);
  }));
});

describe('ten fast clicks', () => {
  it('open one ticket', onPage(async page => {
    const email = await signIn(page);
    await title(page).fill('One');

    await tenClicks(page, '#careful button');
    await page.getByText('“One” is open.').waitFor();
    await settled(page);

    assert.deepEqual(await titles(email), ['One']);
  }));

  it('open one ticket also when the network loses the first response', onPage(async page => {
    const email = await signIn(page);
    const keys = [];
    await page.route('**/api/v1/tickets', async route => {
      keys.push(route.request().headers()['idempotency-key']);
      const response = await route.fetch();
      await (keys.length === 1 ? route.abort() : route.fulfill({ response }));
    });
    await title(page).fill('One');

    await tenClicks(page, '#careful button');
    await page.getByText('Retrying with the same key').waitFor();
    await page.getByText('“One” is open.').waitFor();

    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(await titles(email), ['One']);
    assert.equal(await page.locator('#list li').count(), 1);
  }));

  it('and one more open one ticket also when the page has stopped retrying in between', onPage(async page => {
    const email = await signIn(page);
    const keys = [];
    let isLost = true;
    await page.route('**/api/v1/tickets', async route => {
      keys.push(route.request().headers()['idempotency-key']);
      const response = await route.fetch();
      await (isLost ? route.abort() : route.fulfill({ response }));
    });
    await title(page).fill('One');

    await page.clock.install();
    await tenClicks(page, '#careful button');
    await sooner(page, 'No response from the server.');
    isLost = false;
    await opening(page).click();
    await page.getByText('“One” is open.').waitFor();

    assert.equal(keys.length, 6);
    assert.equal(new Set(keys).size, 1);
    assert.deepEqual(await titles(email), ['One']);
    assert.equal(await page.locator('#list li').count(), 1);
  }));

  it('open two tickets when the user changes the form after a 429', onPage(async page => {
    const email = await signIn(page);
    const problem = { status: 429, title: 'Too many requests.', detail: 'Wait.' };
    let requests = 0;
    await page.route('**/api/v1/tickets', async route => {
      const response = await route.fetch();
      await (++requests === 1
        ? route.fulfill({ status: 429, contentType: 'application/problem+json', body: JSON.stringify(problem) })
        : route.fulfill({ response }));
    });
    await title(page).fill('One');

    await tenClicks(page, '#careful button');
    await page.getByText('Too many requests.').waitFor();
    await title(page).fill('Two');
    await opening(page).click();
    await page.getByText('“Two” is open.').waitFor();

    assert.deepEqual(await titles(email), ['Two', 'One']);
  }));

  it('open ten in naive mode', onPage(async page => {
    const email = await signIn(page);
    await title(page, '#naive').fill('Ten');

    await tenClicks(page, '#naive button');
    await page.waitForFunction(() => document.querySelectorAll('#list li').length === 10);

    assert.equal((await titles(email)).length, 10);
    assert.deepEqual(await counters(page, '#naive'), [10, 10, 10]);
  }));
});

/** Ten clicks of a hand, at one place; click() of Playwright would wait for the button. */
async function clickTenTimes(page, side, interval) {
  await opening(page, side).scrollIntoViewIfNeeded();
  const { x, y, width, height } = await opening(page, side).boundingBox();
  for (let i = 0; i < 10; i++) {
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.waitForTimeout(interval);
  }
}

describe('ten clicks at the speed of a hand', () => {
  for (const interval of [60, 120, 300]) {
    it(`open one ticket, ${interval} ms apart`, onPage(async page => {
      const email = await signIn(page);
      await title(page).fill('One');

      await clickTenTimes(page, '#careful', interval);
      await settled(page);

      assert.deepEqual(await titles(email), ['One']);
      assert.deepEqual(await counters(page, '#careful'), [10, 1, 1]);
      assert.equal(await title(page).inputValue(), '');
    }));
  }

  it('open ten without a key', onPage(async page => {
    const email = await signIn(page);
    await title(page, '#naive').fill('Ten');

    await clickTenTimes(page, '#naive', 60);
    await page.waitForFunction(() => document.querySelectorAll('#list li').length === 10);

    assert.equal((await titles(email)).length, 10);
    assert.deepEqual(await counters(page, '#naive'), [10, 10, 10]);
  }));

  it('open one ticket on a slow network', onPage(async page => {
    const email = await signIn(page);
    await page.getByLabel(/Slow network/).check();
    await title(page).fill('One');

    await clickTenTimes(page, '#careful', 60);
    await page.getByText('“One” is open.').waitFor();
    await opening(page).click();

    assert.deepEqual(await titles(email), ['One']);
    assert.deepEqual(await counters(page, '#careful'), [11, 1, 1]);
  }));

  it('open one ticket when the first answer is lost, and the log shows the replay', onPage(async page => {
    const email = await signIn(page);
    await page.getByLabel(/Lose the first answer/).check();
    await title(page).fill('One');

    await clickTenTimes(page, '#careful', 120);
    await page.getByText('“One” is open.').waitFor();

    assert.deepEqual(await titles(email), ['One']);
    assert.deepEqual(await counters(page, '#careful'), [10, 2, 1]);
    assert.deepEqual(await answers(page, 'careful'), ['201 lost', '201 replayed']);
    const keys = await page.locator('#log tr.careful td:nth-child(3)').allTextContents();
    assert.match(keys[0], /^[0-9a-f]{8}$/);
    assert.equal(keys[0], keys[1]);

    await title(page, '#naive').fill('Two');
    await opening(page, '#naive').click();
    await page.locator('#message.error').getByText('No response from the server.').waitFor();
    await opening(page, '#naive').click();
    await page.waitForFunction(() => document.querySelectorAll('#naive dd')[2].textContent === '2');
    assert.deepEqual(await titles(email), ['Two', 'Two', 'One']);
  }));

  it('lose nothing without a network, and open one ticket with the next click', onPage(async page => {
    const email = await signIn(page);
    await title(page).fill('One');
    await page.context().setOffline(true);
    await page.clock.install();

    await clickTenTimes(page, '#careful', 60);
    await sooner(page, 'Check your connection');
    assert.equal(await title(page).inputValue(), 'One');
    assert.deepEqual(await titles(email), []);
    await page.context().setOffline(false);
    await opening(page).click();
    await page.getByText('“One” is open.').waitFor();

    assert.deepEqual(await titles(email), ['One']);
  }));

  it('keep what is typed while the answer is on its way: it is a new ticket', onPage(async page => {
    const email = await signIn(page);
    await page.getByLabel(/Slow network/).check();
    await title(page).fill('One');
    await opening(page).click();
    await title(page).fill('Two');
    await page.getByText('“One” is open.').waitFor();
    await page.getByLabel(/Slow network/).uncheck();

    assert.equal(await title(page).inputValue(), 'Two');
    await opening(page).click();
    await page.getByText('“Two” is open.').waitFor();
    assert.deepEqual(await titles(email), ['Two', 'One']);
  }));

  it('are shown side by side', onPage(async page => {
    await signIn(page);

    await button(page, 'Click both ten times').click();
    await page.waitForFunction(() => document.querySelectorAll('#naive ol li').length === 10);
    await button(page, 'Click both ten times').waitFor();

    assert.deepEqual(await counters(page, '#careful'), [10, 1, 1]);
    assert.deepEqual(await counters(page, '#naive'), [10, 10, 10]);
    assert.equal(await page.locator('#careful ol li').count(), 1);
    await button(page, 'Start again').click();
    assert.deepEqual(await counters(page, '#naive'), [0, 0, 0]);
  }));
});

const photo = join(process.env.FILES_DIR, 'photo.png');

/** The photo, padded to a size with an additional chunk before the end. */
async function png(size) {
  const small = await readFile(photo);
  const chunk = Buffer.alloc(size - small.length);
  chunk.writeInt32BE(chunk.length - 12);
  chunk.write('prIv', 4);

  const buffer = Buffer.concat([small.subarray(0, -12), chunk, small.subarray(-12)]);

  return { name: 'large.png', mimeType: 'image/png', buffer };
}

/** Shows the files of a new ticket, and selects one to attach. */
async function choose(page, file) {
  const email = await signIn(page);
  await openTicket(page, 'Printer is on fire');
  await button(page, 'Files').click();
  await page.waitForSelector('.part:not([hidden])');
  await page.locator('input[type=file]').setInputFiles(file);

  return email;
}

/** The names of the files of the only ticket on the server. */
async function attached(email) {
  const { accessToken } = await (await post('/auth/login', { email, password })).json();
  const headers = { Authorization: `Bearer ${accessToken}` };
  const { items } = await (await fetch(`${url}/api/v1/tickets`, { headers })).json();
  const response = await fetch(`${url}/api/v1/tickets/${items[0].id}/attachments`, { headers });

  return (await response.json()).map(file => file.fileName);
}

async function download(page, name) {
  const started = page.waitForEvent('download');
  await button(page, `Download ${name}`).click();
  const saved = await started;
  assert.equal(saved.suggestedFilename(), name);

  return readFile(await saved.path());
}

/** Drops responses to uploads. page.route() cannot do it: it would send the upload without its file. */
async function loseResponses(page, isLost) {
  const tools = await page.context().newCDPSession(page);
  await tools.send('Fetch.enable', { patterns: [{ urlPattern: '*/attachments', requestStage: 'Response' }] });
  tools.on('Fetch.requestPaused', async ({ requestId, request }) => {
    await (request.method === 'POST' && isLost(request)
      ? tools.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionReset' })
      : tools.send('Fetch.continueRequest', { requestId }));
  });
}

describe('files', () => {
  it('are attached, saved as they were sent, and removed', onPage(async page => {
    const large = await png(1_500_000);
    const email = await choose(page, photo);
    await button(page, 'Attach').click();
    await page.getByText('“photo.png” is attached.').waitFor();
    await page.locator('input[type=file]').setInputFiles(large);
    await button(page, 'Attach').click();
    await page.getByText('“large.png” is attached.').waitFor();

    assert.deepEqual(await download(page, 'photo.png'), await readFile(photo));
    assert.deepEqual(await download(page, 'large.png'), large.buffer);

    page.on('dialog', dialog => dialog.accept());
    await button(page, 'Remove photo.png').click();
    await page.getByText('“photo.png” is removed.').waitFor();
    assert.deepEqual(await page.locator('.part li p').allTextContents(), ['large.png, 1,500,000 bytes']);
    assert.deepEqual(await attached(email), ['large.png']);
  }, { locale: 'en-US' }));

  it('show the progress, and can be cancelled', onPage(async page => {
    const email = await choose(page, await png(1_500_000));
    const tools = await page.context().newCDPSession(page);
    await tools.send('Network.emulateNetworkConditions',
      { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 50_000 });

    await button(page, 'Attach').click();
    await page.waitForFunction(() => {
      const progress = document.querySelector('progress');
      return progress.offsetParent && progress.value > 0 && progress.value < 1;
    });
    await accessible(page);
    await button(page, 'Cancel').click();
    await page.getByText('Cancelled. Nothing was attached.').waitFor();

    assert.equal(await page.locator('.sending').isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.name), 'file');
    assert.deepEqual(await attached(email), []);
  }));

  it('whose content does not match the name are refused, in the words of the API', onPage(async page => {
    const script = { name: 'script.png', mimeType: 'image/png', buffer: Buffer.from('#!/bin/sh\nrm -rf /\n') };
    const email = await choose(page, script);
    const answer = page.waitForResponse(response => response.status() === 415);

    await button(page, 'Attach').click();
    const { detail } = await (await answer).json();

    assert.match(detail, /not a complete PNG/);
    await page.locator('#message').getByText(detail).waitFor();
    assert.deepEqual(await attached(email), []);
  }));

  it('that are too large are refused, in the words of the API', onPage(async page => {
    const email = await choose(page, await png(6_000_000));
    const answer = page.waitForResponse(response => response.status() === 413);

    await button(page, 'Attach').click();
    const { detail } = await (await answer).json();

    await page.locator('#message.error').getByText(`The request is too large. ${detail}`).waitFor();
    assert.deepEqual(await attached(email), []);
  }));

  it('beyond the quota are not sent again', onPage(async page => {
    await choose(page, photo);
    const problem = { status: 507, title: 'Storage is full.', detail: 'Delete files that you no longer need.' };
    let requests = 0;
    await page.route('**/attachments', async route => {
      if (route.request().method() !== 'POST') {
        return route.continue();
      }

      requests++;
      await route.fulfill({ status: 507, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    });

    await button(page, 'Attach').click();
    await page.locator('#message.error').getByText(`${problem.title} ${problem.detail}`).waitFor();

    assert.equal(requests, 1);
  }));

  it('are attached once by ten fast clicks', onPage(async page => {
    const email = await choose(page, photo);

    await tenClicks(page, '.attach button');
    await page.getByText('“photo.png” is attached.').waitFor();
    await settled(page);

    assert.deepEqual(await attached(email), ['photo.png']);
  }));

  it('are attached once also when the network loses the first response', onPage(async page => {
    const email = await choose(page, photo);
    const keys = [];
    await loseResponses(page, ({ headers }) => keys.push(headers['Idempotency-Key']) === 1);

    await button(page, 'Attach').click();
    await page.getByText('Retrying with the same key').waitFor();
    await page.getByText('“photo.png” is attached.').waitFor();

    assert.equal(keys.length, 2);
    assert.match(keys[0], /^[0-9a-f-]{36}$/);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(await attached(email), ['photo.png']);
    assert.equal(await page.locator('.part li').count(), 1);
  }));

  it('can be cancelled between two attempts, and the page says whether they are attached', onPage(async page => {
    const email = await choose(page, photo);
    let isLost = true;
    await loseResponses(page, () => isLost);

    await button(page, 'Attach').click();
    await page.getByText('Retrying with the same key').waitFor();
    await button(page, 'Cancel').click();
    await page.getByText('Too late: it is attached.').waitFor();
    isLost = false;
    await button(page, 'Attach').click();
    await page.getByText('“photo.png” is attached.').waitFor();

    assert.deepEqual(await attached(email), ['photo.png']);
    assert.equal(await page.locator('.part li').count(), 1);
  }));

  it('are sent again with a new access token when the old one has expired', onPage(async page => {
    const email = await choose(page, photo);
    const tools = await page.context().newCDPSession(page);
    const methods = new Set();
    let refreshes = 0;
    page.on('request', request => { refreshes += request.url().endsWith('/auth/refresh'); });
    await tools.send('Fetch.enable', { patterns: [{ urlPattern: '*/attachments' }] });
    tools.on('Fetch.requestPaused', async ({ requestId, request }) => {
      const isFirst = !methods.has(request.method);
      methods.add(request.method);
      const headers = Object.entries({ ...request.headers, ...(isFirst && { Authorization: 'Bearer expired' }) })
        .map(([name, value]) => ({ name, value }));
      await tools.send('Fetch.continueRequest', { requestId, headers });
    });

    await button(page, 'Attach').click();
    await page.getByText('“photo.png” is attached.').waitFor();

    assert.equal(refreshes, 2);
    assert.deepEqual(await attached(email), ['photo.png']);
  }));
});

for (const colorScheme of ['light', 'dark']) {
  it(`is accessible in ${colorScheme} colours and on a narrow screen`, onPage(async page => {
    await accessible(page);
    await signIn(page);
    await openTicket(page, 'Printer is on fire');
    await button(page, 'Edit').click();
    await page.waitForSelector('#list form:not([hidden])');
    await button(page, 'Files').click();
    await page.locator('input[type=file]').setInputFiles(photo);
    await button(page, 'Attach').click();
    await page.getByText('“photo.png” is attached.').waitFor();
    await accessible(page);

    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, { colorScheme, viewport: { width: 320, height: 740 } }));
}
