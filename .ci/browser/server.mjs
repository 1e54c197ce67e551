// The program whose pages are walked through: `cargo run -p ilanga-firstboot --example pages`, with the real desk and the real pages
// for a computer that is made up. Each one that is started has a folder and a port of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long it may take until it listens, in milliseconds. */
const PATIENCE = 20_000;

/** Starts it; `options` come before the folder. Returns its address, and what ends it. */
export async function start(program, options = []) {
  const folder = await mkdtemp(join(tmpdir(), 'ilanga-pages-'));
  const child = spawn(program, [...options, folder, '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const address = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(line.split(' ')[0]));
    child.once('error', reject);
    ended.then(() => reject(new Error(`${program} ended: ${errors.trim()}`)));
    setTimeout(() => reject(new Error(`${program} does not say where it listens`)), PATIENCE).unref();
  });
  try {
    return { address: await address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
