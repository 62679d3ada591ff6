/** All suites, in the order of the report. */
import { batch } from './batch.js';
import { chain } from './chain.js';
import { crosscheck } from './crosscheck.js';
import { exposures } from './exposures.js';
import type { Suite } from './harness/findings.js';
import { hedge } from './hedge.js';
import { implied } from './implied.js';
import { load } from './load.js';
import { margin } from './margin.js';
import { native } from './native.js';
import { parallel } from './parallel.js';
import { pricing } from './pricing.js';
import { scan } from './scan.js';
import { smile } from './smile.js';

export const suites: readonly Suite[] = [
  pricing,
  chain,
  batch,
  exposures,
  implied,
  smile,
  hedge,
  scan,
  margin,
  parallel,
  load,
  native,
  crosscheck,
];
