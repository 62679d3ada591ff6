/** All suites, in the order of the report. */
import type { Suite } from './harness/findings.js';
import { pricing } from './pricing.js';

export const suites: readonly Suite[] = [pricing];
