// @ts-check
// Prints the closing line of a test run, `N passed, N failed, N skipped`, from vitest's JSON report.
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ status: string, assertionResults: { status: string }[] }} File */

const [path = 'build/test-report.json'] = process.argv.slice(2);
/** @type {{ success: boolean, testResults: File[] }} */
const report = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { success: false, testResults: [] };
const tests = report.testResults.flatMap((file) => file.assertionResults);
/** @param {string[]} statuses */
const count = (...statuses) => tests.filter((test) => statuses.includes(test.status)).length;

// A file that does not load has no tests, and an error between tests belongs to none: each counts as one.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = count('failed') + broken || (report.success ? 0 : 1);
const skipped = count('skipped', 'pending', 'todo', 'disabled');

console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
