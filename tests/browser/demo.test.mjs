// The front end of the sample, in a real browser: the whole tour, impatient fingers, and a network that loses answers.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessible, launch, newAddress, openPage, password, post, signUp, url } from './support.mjs';

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

/** Signs in somebody who has confirmed the address. */
async function signIn(page) {
  const { email, link } = await signUp();
  await post('/auth/confirm-email', { email, token: new URL(link).searchParams.get('token') });
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await button(page, 'Sign in').click();
  await page.waitForSelector('#desk:not([hidden])');

  return email;
}

async function openTicket(page, title) {
  await page.getByLabel('Title', { exact: true }).first().fill(title);
  await button(page, 'Open ticket').click();
  await page.waitForSelector(`h3:text-is("${title}")`);
}

/** What the server has, whatever the page shows. */
async function titles(email) {
  const { accessToken } = await (await post('/auth/login', { email, password })).json();
  const response = await fetch(`${url}/api/v1/tickets?limit=100`, { headers: { Authorization: `Bearer ${accessToken}` } });

  return (await response.json()).items.map(ticket => ticket.title);
}

/** As fast as a finger never is: all before the first answer. */
const tenClicks = page => page.evaluate(() => {
  const target = [...document.querySelectorAll('button')].find(one => one.textContent === 'Open ticket');
  for (let i = 0; i < 10; i++) {
    target.click();
  }
});

const settled = page => page.waitForLoadState('networkidle');

describe('the tour', () => {
  it('goes from signing up to a closed ticket without leaving the page but for the link', onPage(async page => {
    const email = newAddress();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await button(page, 'Sign up').click();
    await page.getByText('A mail with a link is on its way').waitFor();

    const opened = page.context().waitForEvent('page');
    await button(page, 'Open the mail with the link').click();
    const confirmation = await opened;
    await confirmation.getByRole('button', { name: 'Confirm' }).click();
    await confirmation.waitForSelector('#message.good');
    await confirmation.close();

    await button(page, 'Sign in').click();
    await page.waitForSelector('#desk:not([hidden])');
    await openTicket(page, 'Printer is on fire');
    await button(page, 'Edit').click();
    await page.getByLabel('Description').fill('Second floor.');
    await button(page, 'Save').click();
    await page.waitForSelector('#list form', { state: 'hidden' });
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
    await page.getByText('password: Is too easy to guess.').waitFor();

    await button(page, 'Sign in').click();
    await page.getByText('Check the address and the password.').waitFor();
  }));

  it('loads more, and shows the shape of what is still coming', onPage(async page => {
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
    const body = JSON.stringify({ title: 'Theirs', description: '', priority: 'low' });
    await fetch(`${url}/api/v1/tickets/${items[0].id}`, { method: 'PUT', headers, body });

    await page.locator('#list form').getByLabel('Title').fill('Mine again');
    await button(page, 'Save').click();
    await page.getByText('It says “Theirs” now.').waitFor();
    await accessible(page);
    await button(page, 'Save').click();
    await page.waitForSelector('h3:text-is("Mine again")');

    assert.deepEqual(await titles(email), ['Mine again']);
  }));
});

describe('ten fast clicks', () => {
  it('open one ticket', onPage(async page => {
    const email = await signIn(page);
    await page.getByLabel('Title', { exact: true }).first().fill('One');

    await tenClicks(page);
    await page.getByText('“One” is open.').waitFor();
    await settled(page);

    assert.deepEqual(await titles(email), ['One']);
  }));

  it('open one ticket also when the network loses the first answer', onPage(async page => {
    const email = await signIn(page);
    const keys = [];
    await page.route('**/api/v1/tickets', async route => {
      keys.push(route.request().headers()['idempotency-key']);
      const response = await route.fetch();
      await (keys.length === 1 ? route.abort() : route.fulfill({ response }));
    });
    await page.getByLabel('Title', { exact: true }).first().fill('One');

    await tenClicks(page);
    await page.getByText('Asking again with the same key').waitFor();
    await page.getByText('“One” is open.').waitFor();

    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(await titles(email), ['One']);
    assert.equal(await page.locator('#list li').count(), 1);
  }));

  it('open ten in naive mode', onPage(async page => {
    const email = await signIn(page);
    await page.getByLabel(/Naive mode/).check();
    await page.getByLabel('Title', { exact: true }).first().fill('Ten');

    await tenClicks(page);
    await page.waitForFunction(() => document.querySelectorAll('#list li').length === 10);

    assert.equal((await titles(email)).length, 10);
  }));
});

for (const colorScheme of ['light', 'dark']) {
  it(`is accessible in ${colorScheme} colours and on a narrow screen`, onPage(async page => {
    await accessible(page);
    await signIn(page);
    await openTicket(page, 'Printer is on fire');
    await button(page, 'Edit').click();
    await page.waitForSelector('#list form:not([hidden])');
    await accessible(page);

    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/demo-${colorScheme}.png`, fullPage: true });
    }
  }, { colorScheme, viewport: { width: 360, height: 740 } }));
}
