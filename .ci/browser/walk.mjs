// Somebody with a phone, and another one: through all questions to the end, with every mistake on the way.

import { join } from 'node:path';

import { Outlines } from './outline.mjs';
import { Axe, LONGEST, byKeyboard, judge, marked } from './judge.mjs';
import { HOSTILE, QUESTIONS } from './questions.mjs';

/** How long a page may take, in milliseconds: one of them waits for a header, on a computer that does other things too. */
const PATIENCE = 30_000;

/** One walk: a language, a width, with or without JavaScript, in light colours (axe looks at both). */
export class Walk {
  #findings = [];
  #outlines = new Outlines();
  #titles = new Map();
  #pages = 0;

  constructor(browser, address, { language, width, script, shots }) {
    Object.assign(this, { browser, address, language, width, script, shots });
    this.name = `${language}-${width}-${script ? 'script' : 'plain'}`;
  }

  /** Opens a browser of its own, as another person's: it shares nothing with others. */
  async person() {
    const context = await this.browser.newContext({
      viewport: { width: this.width, height: 640 },
      javaScriptEnabled: this.script,
      locale: this.language,
      isMobile: this.width < 600,
      hasTouch: this.width < 600,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(this.address).origin) this.found('a request', `it goes to ${request.url()}`);
      if (request.resourceType() !== 'document') this.found('a request', `${request.url()} is loaded besides the page`);
    });
    page.on('response', async (response) => {
      if (response.status() >= 400 && !this.mayFail) this.found('a response', `status ${response.status()}`);
      // A redirection has no body.
      const body = await response.body().catch(() => Buffer.alloc(0));
      if (body.length >= LONGEST) this.found('a response', `${body.length} bytes are too many`);
      this.longest = Math.max(this.longest ?? 0, body.length);
    });
    page.on('console', (message) => {
      // The rest is advice of Chromium's about passwords' forms.
      if (/^(error|warning)$/.test(message.type()) && !this.mayFail) this.found('the console', message.text());
    });
    page.on('pageerror', (error) => this.found('the console', String(error)));
    page.on('dialog', async (dialog) => {
      this.found('a dialog', dialog.message());
      await dialog.dismiss();
    });
    return page;
  }

  found(where, what) {
    this.#findings.push(`${this.name}, ${where}: ${what}`);
  }

  /** Judges the page as it is now, and keeps how it looks. */
  async look(page, name, language = this.language) {
    const number = String(++this.#pages).padStart(2, '0');
    const shot = join(this.shots, `${this.name}-${number}-${name}.png`);
    const darkShot = join(this.shots, `${this.name}-${number}-${name}-dark.png`);
    const { axe, width } = this;
    for (const what of await judge(page, axe, { language, width, shot, darkShot })) this.found(name, what);
  }

  /** The same, and keeps how it reads. */
  async see(page, name) {
    await this.look(page, name);
    await this.#outlines.add(name, page);
  }

  /** Presses a button, and waits for the page behind it. */
  async press(page, value) {
    const button = page.locator(`button[value=${value}]`);
    // Pages that load themselves again may do it at this moment.
    await Promise.all([page.waitForEvent('domcontentloaded'), button.click()]);
  }

  async asks(page, name) {
    const asked = await page.locator('form input[name=question]').first().getAttribute('value');
    if (asked !== name) throw new Error(`${this.name}: '${asked}' is asked instead of '${name}'`);
  }

  /** A page with mistakes: which fields are marked, and where the focus is and goes. */
  async mistake(page, name, fields) {
    await this.see(page, name);
    const got = await marked(page);
    if (got.join() !== fields.join()) this.found(name, `marked are ${got}, not ${fields}`);
    const focused = await page.evaluate(() => document.activeElement?.className ?? '');
    if (focused !== 'wrong-list') this.found(name, `the focus is at '${focused}', not at the list of mistakes`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const there = await page.evaluate(() => document.activeElement?.closest('.field')?.querySelector('.problem') !== null);
    if (!there) this.found(name, 'the first link of the list leads to no field that is wrong');
  }

  async hostile(page, name) {
    const text = await page.locator('main').innerText();
    for (const strange of HOSTILE[name] ?? []) if (!text.includes(strange)) this.found(name, `'${strange}' is not shown as it is`);
  }

  /** A question: looked at, answered wrongly, answered. */
  async question(page, { name, wrong, right }) {
    await this.asks(page, name);
    await this.see(page, name);
    await this.hostile(page, name);
    for (const what of await byKeyboard(page)) this.found(name, what);
    const title = await page.title();
    if (this.#titles.has(title)) this.found(name, `its title '${title}' is that of '${this.#titles.get(title)}' too`);
    this.#titles.set(title, name);
    for (const [number, mistake] of wrong.entries()) {
      await mistake.do(page);
      await this.press(page, 'next');
      await this.asks(page, name);
      await this.mistake(page, `${name}-wrong-${number + 1}`, mistake.fields);
    }
    await right(page, this.language);
    await this.press(page, 'next');
  }

  /** Somebody else comes, is asked for the code, goes on there, and the first one takes it back. */
  async another(page) {
    const digits = (await page.locator('main > p.help').innerText()).match(/\d{3} \d{3}/)[0];
    const other = await this.person();
    await other.goto(this.address);
    await this.see(other, 'code');
    await other.locator('#f-code').fill(digits === '000 000' ? '000 001' : '000 000');
    await this.press(other, 'enter');
    await this.see(other, 'code-wrong');
    if ((await marked(other)).join() !== 'code') this.found('code-wrong', 'the field is not marked');
    await other.locator('#f-code').fill(digits);
    await this.press(other, 'enter');
    await this.see(other, 'busy');
    if (await other.locator('button[value=next]').count()) this.found('busy', 'two people can answer at the same time');
    await this.press(other, 'take');
    if (!(await other.locator('button[value=next]').count())) this.found('busy', 'nobody can take over');
    await page.reload();
    await this.see(page, 'busy-first');
    await this.press(page, 'take');
    await other.context().close();
  }

  /** All of it. */
  async go() {
    this.axe = await Axe.open(this.browser, this.width);
    const page = await this.person();
    await page.goto(this.address);
    for (const question of QUESTIONS) {
      if (question.name === 'preset') {
        // One back; what was answered is still chosen.
        await this.press(page, 'back');
        await this.asks(page, 'time-zone');
        const chosen = await page.locator('select').inputValue();
        if (chosen !== 'Africa/Johannesburg') this.found('back', `'${chosen}' is chosen`);
        await this.press(page, 'next');
      }
      if (question.name === 'mesh') await this.another(page);
      await this.question(page, question);
    }
    await this.finish(page);
    await this.axe.page.context().close();
    await page.context().close();
  }

  /** The changes, one of which does not work at first, and the end. */
  async finish(page) {
    await page.locator('progress').waitFor();
    const again = page.locator('button[value=again]');
    await again.waitFor();
    await this.see(page, 'applying-failed');
    await this.press(page, 'again');
    await this.see(page, 'applying');
    await page.locator('progress').waitFor({ state: 'detached' });
    await this.see(page, 'ready');
    if (!(await page.locator('main').innerText()).includes('http://clinic-1.local')) this.found('ready', 'nobody reads where the page is');
  }

  /** A computer whose data are locked, and which is set up anew. */
  async locked() {
    this.axe = await Axe.open(this.browser, this.width);
    const page = await this.person();
    await page.goto(this.address);
    await this.see(page, 'locked');
    await page.locator('#f-secret').fill('it is none of these');
    this.mayFail = true;
    await this.press(page, 'unlock');
    this.mayFail = false;
    if (await page.locator('#f-secret').count()) {
      await this.look(page, 'locked-wrong');
      if ((await marked(page)).join() !== 'secret') this.found('locked-wrong', 'the field is not marked');
    } else {
      // A kernel without the device mapper opens nothing: that is said, in English, and there is a way back.
      await this.look(page, 'failed', 'en');
      await Promise.all([page.waitForEvent('domcontentloaded'), page.locator('a.back').click()]);
    }
    await this.press(page, 'anew');
    await this.asks(page, 'language');
    await this.axe.page.context().close();
    await page.context().close();
  }

  /** What was found, how many pages were looked at, how they read, and the bytes of the longest. */
  end() {
    return { findings: this.#findings, pages: this.#pages, outlines: this.#outlines, longest: this.longest ?? 0 };
  }
}
