// What has to hold for every page, whatever is on it.
//
// The page is looked at where somebody sees it; axe, which needs JavaScript, looks at the same HTML in a page of its own.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 AA, and what axe counts as good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The longest page, in bytes. */
export const LONGEST = 100_000;

/** Runs in the page: what is wrong with it, a line each. */
function look({ language, width }) {
  const wrong = [];
  const text = (element) => `${element.tagName.toLowerCase()}[${element.name || element.id || element.textContent.trim().slice(0, 30)}]`;
  const root = document.scrollingElement;
  const wide = (when) => {
    if (root.scrollWidth > width) wrong.push(`${when}: it is ${root.scrollWidth} px wide and has to be scrolled sideways`);
    for (const element of document.querySelectorAll('body *')) {
      const box = element.getBoundingClientRect();
      if (box.width && (box.left < -0.5 || box.right > width + 0.5)) wrong.push(`${when}: ${text(element)} sticks out`);
      if (element.matches('button, legend, label, p, h1, li') && element.scrollWidth > element.clientWidth + 1) {
        wrong.push(`${when}: ${text(element)} is cut off`);
      }
    }
  };
  wide('as it is');
  // WCAG 1.4.4: twice the size of text. 1.4.12: text further apart.
  const style = document.documentElement.style;
  style.fontSize = '200%';
  wide('text twice as large');
  style.fontSize = '';
  const apart = document.createElement('style');
  apart.textContent = '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}';
  document.head.append(apart);
  wide('text further apart');
  apart.remove();

  if (document.documentElement.lang !== language) wrong.push(`its language is '${document.documentElement.lang}'`);
  const headings = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((heading) => Number(heading.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) wrong.push(`it has headings ${headings}, not one of the first level`);
  headings.reduce((before, level) => {
    if (level > before + 1) wrong.push(`a heading of level ${level} follows one of level ${before}`);
    return level;
  }, 0);
  if (!document.title.startsWith(document.querySelector('h1').textContent)) wrong.push(`its title '${document.title}' is not its heading`);

  for (const element of document.querySelectorAll('script, img, iframe, object, embed, video, audio, link:not([rel=icon]), base')) {
    wrong.push(`it has ${element.outerHTML.slice(0, 80)}`);
  }
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) wrong.push(`${text(element)} has ${name}`);
      if (/^(src|href|action|poster|data)$/.test(name) && !/^(#|\/s\/|data:,)/.test(value)) wrong.push(`${text(element)} leads to ${value}`);
    }
  }

  // WCAG 2.5.8, and no exception is made of it: what can be hit is 24 px and more each way.
  for (const element of document.querySelectorAll('a, button, select, textarea, input:not([type=hidden])')) {
    const box = (element.closest('label') ?? element).getBoundingClientRect();
    if (box.width && (box.width < 24 || box.height < 24)) wrong.push(`${text(element)} is ${box.width}×${box.height} px`);
  }

  // Each problem is told at its field and in the list at the top, which leads there.
  const problems = [...document.querySelectorAll('.field .problem')];
  for (const problem of problems) {
    const field = document.querySelector(`[aria-describedby~="${CSS.escape(problem.id)}"]`);
    if (!field) {
      wrong.push(`no field is described by '${problem.textContent}'`);
    } else if (document.querySelector('.wrong-list') && ![...document.querySelectorAll('.wrong-list a')].some((link) => {
      const target = document.getElementById(link.hash.slice(1));
      return target && field.parentElement.contains(target);
    })) {
      wrong.push(`no link of the list leads to ${text(field)}`);
    }
  }
  return wrong;
}

/** The names of the fields that are marked as wrong. */
export const marked = (page) =>
  page.locator('.field:has(.problem)').evaluateAll((all) =>
    all.map((field) => field.querySelector('input, select, textarea').name.replace(/^group-\d$/, 'group-N')));

/** Judges pages with axe: in a browser context of its own, where JavaScript runs and no policy forbids it. */
export class Axe {
  constructor(page) {
    this.page = page;
  }

  static async open(browser, width) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, bypassCSP: true, javaScriptEnabled: true });
    return new Axe(await context.newPage());
  }

  /** What axe finds, in light and in dark colours; `shot` is where the dark one is kept. */
  async judge(html, shot) {
    const wrong = [];
    await this.page.emulateMedia({ colorScheme: 'light' });
    await this.page.setContent(html);
    await this.page.evaluate(AXE);
    wrong.push(...(await this.run({ runOnly: RULES })));
    await this.page.emulateMedia({ colorScheme: 'dark' });
    wrong.push(...(await this.run({ runOnly: { type: 'rule', values: ['color-contrast'] } })).map((what) => `dark: ${what}`));
    await this.page.screenshot({ path: shot, fullPage: true });
    return wrong;
  }

  async run(options) {
    const found = await this.page.evaluate((options) => window.axe.run(document, { ...options, resultTypes: ['violations', 'incomplete'] }), options);
    const say = (what) => `axe, ${what.id}: ${what.help}: ${what.nodes.slice(0, 2).map((node) => node.html.slice(0, 100)).join(' | ')}`;
    // What axe could not decide is no pass: nothing here is so special that it could not.
    return [...found.violations.map(say), ...found.incomplete.map((what) => `undecided: ${say(what)}`)];
  }
}

/** The page's HTML as it is by now: what was chosen and typed is in it, secrets apart. */
const serialise = (page) =>
  page.evaluate(() => {
    for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=password])')) {
      field.toggleAttribute('checked', field.checked);
      if (!/^(radio|checkbox)$/.test(field.type)) field.setAttribute('value', field.value);
    }
    return `<!DOCTYPE html>${document.documentElement.outerHTML}`;
  });

/** All that is wrong with a page. */
export async function judge(page, axe, { language, width, shot, darkShot }) {
  await page.screenshot({ path: shot, fullPage: true });
  const seen = await page.evaluate(look, { language, width });
  return [...seen, ...(await axe.judge(await serialise(page), darkShot))];
}

/** Goes through the page by the key Tab alone: each stop can be seen, and the button 'next' is reached. */
export async function byKeyboard(page) {
  const wrong = [];
  await page.evaluate(() => document.activeElement?.blur());
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      return { name: `${element.tagName} ${element.name ?? element.hash ?? ''}`, seen, next: element.matches('button:not([value=back])') };
    });
    if (stop.name.startsWith('BODY')) break;
    if (!stop.seen) wrong.push(`nobody sees that ${stop.name} has the focus`);
    if (stop.next) return wrong;
  }
  return [...wrong, 'the key Tab does not lead to its button'];
}
