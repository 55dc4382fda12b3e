// The pages behind mailed links, in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessible, canSignIn, launch, mailedLink, openPage, password, post, signUp, url } from './support.mjs';

const newPassword = 'eight blue kettles hum at dusk';
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Runs a test in a new page. */
const onPage = (test, options) => async () => {
  const { page, close } = await openPage(browser, options);
  await test(page);
  await close();
};

const message = page => page.locator('#message').textContent();

/** The requests of the page; they continue when the test calls release. */
async function holdCalls(page) {
  const calls = [];
  let release;
  const released = new Promise(resolve => { release = resolve; });
  await page.route('**/api/**', async route => {
    calls.push(route.request().url());
    await released;
    await route.continue();
  });

  return { calls, release };
}

async function requestReset() {
  const { email, link } = await signUp();
  await post('/auth/confirm-email', { email, token: new URL(link).searchParams.get('token') });
  await post('/auth/forgot-password', { email });

  return { email, link: await mailedLink(email, 2) };
}

describe('confirming an address', () => {
  it('takes one press of the button', onPage(async page => {
    const { email, link } = await signUp();
    await page.goto(link);
    assert.equal(await page.inputValue('#email'), email);
    assert.equal(await canSignIn(email), false);

    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForSelector('#message.success');

    assert.match(await message(page), /confirmed/);
    assert.equal(await page.locator('form').isVisible(), false);
    assert.equal(await canSignIn(email), true);
  }));

  it('works with the keyboard alone', onPage(async page => {
    const { email, link } = await signUp();
    await page.goto(link);

    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BUTTON');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#message.success');

    assert.equal(await page.evaluate(() => document.activeElement.id), 'message');
    assert.equal(await canSignIn(email), true);
  }));

  it('sends one request for two clicks and for Enter pressed twice, and shows that it works', onPage(async page => {
    const { link } = await signUp();
    const { calls, release } = await holdCalls(page);
    await page.goto(link);

    await page.getByRole('button').dblclick();
    await page.getByRole('button').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');

    const button = page.getByRole('button');
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    assert.equal(await button.textContent(), 'Confirming …');
    assert.equal(await page.getAttribute('form', 'aria-busy'), 'true');
    release();
    await page.waitForSelector('#message.success');
    assert.equal(calls.length, 1);
  }));

  it('says what to do when the link is no longer valid', onPage(async page => {
    const { email, link } = await signUp();
    await post('/auth/register', { email, password: newPassword });
    const other = new URL(await mailedLink(email, 2));
    await post('/auth/confirm-email', { email, token: other.searchParams.get('token') });
    await page.goto(link);

    await page.getByRole('button').click();
    await page.waitForSelector('#message.error');

    assert.match(await message(page), /may have expired or been used already\. Request a new mail/);
    await accessible(page);
  }));

  it('says so when no response arrives, and works at the next press', onPage(async page => {
    const { email, link } = await signUp();
    await page.route('**/api/**', route => route.abort(), { times: 1 });
    await page.goto(link);

    await page.getByRole('button').click();
    await page.waitForSelector('#message.error');
    assert.match(await message(page), /Check your connection/);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForSelector('#message.success');

    assert.equal(await canSignIn(email), true);
  }));

  it('says that the first attempt may have succeeded when a response was lost', onPage(async page => {
    const { email, link } = await requestReset();
    await page.route('**/api/**', async route => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await page.goto(link);
    await page.getByLabel('New password').fill(newPassword);

    await page.getByRole('button').click();
    await page.waitForSelector('#message.error');
    await page.getByRole('button').click();
    await page.waitForFunction(() => document.querySelector('#message').textContent.includes('Request a new mail'));

    assert.match(await message(page), /The first attempt may have succeeded: try to sign in\./);
    assert.equal(await canSignIn(email, newPassword), true);
  }));

  for (const status of [429, 503]) {
    it(`says how long to wait after ${status}`, onPage(async page => {
      const { link } = await signUp();
      await page.route('**/api/**', route => route.fulfill({
        status,
        headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '17' },
        body: JSON.stringify({ type: 'about:blank', title: 'Not now.', detail: 'See Retry-After.' }),
      }));
      await page.goto(link);

      await page.getByRole('button').click();
      await page.waitForSelector('#message.error');

      assert.equal(await message(page), 'Not now. Try again in 17 seconds.');
    }));
  }

  it('explains a link with something else in place of the address', onPage(async page => {
    await page.goto(`${url}/confirm-email?email=not-an-address&token=x`);

    await page.getByRole('button').click();
    await page.waitForSelector('#message.error');

    assert.match(await message(page), /incomplete/);
  }));

  it('says that a link was used when the page is reloaded', onPage(async page => {
    const { link } = await signUp();
    await page.goto(link);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForSelector('#message.success');

    await page.reload();

    assert.equal(await message(page), 'This link was used already. Your address is confirmed. You can sign in now.');
    assert.equal(await page.locator('form').isVisible(), false);
    await accessible(page);
  }));

  it('tells where the link is when the page is reloaded before it was used', onPage(async page => {
    const { link } = await signUp();
    await page.goto(link);

    await page.reload();

    assert.match(await message(page), /Open it in the mail again/);
  }));

  it('sends a new mail when the link is no longer valid', onPage(async page => {
    const { email } = await signUp();
    await page.goto(`${url}/confirm-email?email=${encodeURIComponent(email)}&token=old`);
    await page.getByRole('button', { name: 'Confirm' }).click();

    await page.getByRole('button', { name: 'Send a new mail' }).click();
    await page.getByText('a new mail with a new link is on its way').waitFor();
    await page.goto(await mailedLink(email, 2));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForSelector('#message.success');

    assert.equal(await canSignIn(email), true);
  }));

  it('leaves the token in no history', onPage(async page => {
    const { link } = await signUp();

    await page.goto(link);

    assert.equal(page.url(), `${url}/confirm-email`);
  }));

  it('explains a link that was cut off', onPage(async page => {
    await page.goto(`${url}/confirm-email?email=ada%40example.com`);

    assert.match(await message(page), /incomplete/);
    assert.equal(await page.locator('form').isVisible(), false);
  }));
});

describe('choosing a new password', () => {
  it('replaces the old password', onPage(async page => {
    const { email, link } = await requestReset();
    await page.goto(link);

    await page.getByLabel('New password').fill(newPassword);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('#message.success');

    assert.match(await message(page), /saved/);
    assert.equal(await canSignIn(email, newPassword), true);
    assert.equal(await canSignIn(email, password), false);
  }));

  it('says beside the field what is wrong with a password, and takes a better one', onPage(async page => {
    const { email, link } = await requestReset();
    await page.goto(link);
    const field = page.getByLabel('New password');

    await field.fill('passwordpassword');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#password[aria-invalid=true]');
    assert.match(await page.textContent('#password-error'), /too easy to guess/);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
    await accessible(page);

    await field.fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('Your password needs at least 15 characters.').waitFor();
    assert.equal(await page.locator('#password-error').count(), 1);

    await field.fill(newPassword);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#message.success');
    assert.equal(await canSignIn(email, newPassword), true);
  }));

  it('allows password managers and pasting, and shows the password on request', onPage(async page => {
    const { email, link } = await requestReset();
    await page.goto(link);
    const field = page.getByLabel('New password');

    assert.equal(await field.getAttribute('autocomplete'), 'new-password');
    assert.equal(await page.inputValue('[autocomplete=username]'), email);
    await field.evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      const isAllowed = input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
      input.value = isAllowed ? text : '';
    }, newPassword);
    assert.equal(await field.inputValue(), newPassword);
    await page.getByLabel('Show the password').check();
    assert.equal(await field.getAttribute('type'), 'text');
  }));

  it('says what to do when the link was used already', onPage(async page => {
    const { email, link } = await requestReset();
    const token = new URL(link).searchParams.get('token');
    await post('/auth/reset-password', { email, token, newPassword });
    await page.goto(link);

    await page.getByLabel('New password').fill('nine grey herons wade at dawn');
    await page.getByRole('button').click();
    await page.waitForSelector('#message.error');

    assert.match(await message(page), /Request a new mail/);
  }));
});

describe('confirming a new address', () => {
  it('takes one press of the button', onPage(async page => {
    const { email, link } = await signUp();
    await post('/auth/confirm-email', { email, token: new URL(link).searchParams.get('token') });
    const { accessToken } = await (await post('/auth/login', { email, password })).json();
    const newEmail = email.replace('user', 'new');
    await fetch(`${url}/api/v1/account/change-email`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ newEmail, password }),
    });
    await page.goto(await mailedLink(newEmail));

    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.waitForSelector('#message.success');

    assert.equal(await canSignIn(newEmail), true);
    assert.equal(await canSignIn(email), false);
  }));
});

for (const colorScheme of ['light', 'dark']) {
  for (const name of ['confirm-email', 'reset-password', 'confirm-email-change']) {
    it(`${name} is accessible in ${colorScheme} colours and on a narrow screen`, onPage(async page => {
      await page.goto(`${url}/${name}?email=ada%40example.com&newEmail=ada%40example.com&token=x`);
      await accessible(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));

      // And with an error message.
      if (name === 'reset-password') {
        await page.getByLabel('New password').fill(newPassword);
      }

      await page.getByRole('button').click();
      await page.waitForSelector('#message.error');
      await accessible(page);
    }, { colorScheme, viewport: { width: 320, height: 640 } }));
  }
}
