// What a screen reader says of each page, kept as text: `outlines/LANGUAGE.txt`, to be read by whoever changes a page. All walks in a
// language, whatever their width and with or without JavaScript, have to have the same.

import { mkdir, readFile, writeFile } from 'node:fs/promises';

const HERE = new URL('./outlines/', import.meta.url);

/** What differs from one set-up to the next becomes the same. */
function settle(outline) {
  return outline
    .replace(/\b\d{3} \d{3}\b/g, '000 000')
    .replace(/\b[cbdefghijklnrtuv]{8}$/gm, 'GROUP')
    .replace(/(#f-group-)\d/g, '$1N')
    // Labels, which are the names of their fields too.
    .replace(/^ *- text: .*\n/gm, '')
    .replace(/((?:^ *- option .*\n){12})(?:^ *- option .*(?:\n|$))+/gm, '$1');
}

/** Which groups of the recovery key are asked for is random, and how far the changes are differs: their numbers are in sentences. */
function number(outline, page) {
  if (page.startsWith('recovery-key')) return outline.replace(/(?<= )[1-8](?=\D|$)/gm, 'N');
  if (page.startsWith('applying')) return outline.replace(/(?<= )\d+(?=\D|$)/gm, 'N').replace(/[✓…·](?= )/g, '*');
  return outline;
}

/** The outlines of the pages of one walk. */
export class Outlines {
  #pages = [];

  async add(name, page) {
    this.#pages.push([name, number(settle(await page.locator('body').ariaSnapshot()), name)]);
  }

  /** What differs from the ones that are kept; `keep` makes these the ones. */
  async judge(language, keep) {
    const file = new URL(`${language}.txt`, HERE);
    const found = this.#pages.map(([name, outline]) => `=== ${name}\n${outline}\n`).join('\n');
    if (keep) {
      await mkdir(HERE, { recursive: true });
      await writeFile(file, found);
    }
    const kept = await readFile(file, 'utf8').catch(() => '');
    const pages = (text) => new Map(text.split(/^=== /m).slice(1).map((page) => [page.split('\n')[0], page.trim()]));
    const [before, now] = [pages(kept), pages(found)];
    return [...new Set([...before.keys(), ...now.keys()])].flatMap((name) => {
      if (before.get(name) === now.get(name)) return [];
      const lines = (text) => new Set((text ?? '').split('\n'));
      const [old, young] = [lines(before.get(name)), lines(now.get(name))];
      const gone = [...old].filter((line) => !young.has(line)).map((line) => `    - ${line.trim()}`);
      const come = [...young].filter((line) => !old.has(line)).map((line) => `    + ${line.trim()}`);
      return [`${name}: a screen reader says something else than in outlines/${language}.txt\n${[...gone, ...come].slice(0, 12).join('\n')}`];
    });
  }
}
