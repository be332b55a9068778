import { spawn } from 'node:child_process';
import { RunLog } from '#workers/ffmpeg/run-log.js';

export interface FfmpegResult {
  cpuSeconds: number;
  wallSeconds: number;
  maxResidentBytes: number;
  /** Everything that ffmpeg printed. */
  log: string;
}

/** Runs an ffmpeg outside the product, for yardsticks and judges. Rejects with the end of its output. */
export async function runPlainFfmpeg(program: string, args: readonly string[]): Promise<FfmpegResult> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-hide_banner', '-nostdin', '-nostats', '-benchmark', '-y', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) {
        reject(new Error(`${program} ended with ${code}: ${text.trim().slice(-1500)}`));
        return;
      }
      const log = new RunLog();
      for (const line of text.split('\n')) log.read(line);
      const { cpuSeconds, maxResidentBytes } = log.figures;
      resolve({ cpuSeconds, maxResidentBytes, wallSeconds: (performance.now() - started) / 1000, log: text });
    });
  });
}
