import type { TestProject } from 'vitest/node';
import { surfaceBits } from './surface.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `surfaceBits()` as Node computes it. */
    nodeBits: string[];
  }
}

/** Runs in Node before the browser project and hands its results to the page. */
export default function setup(project: TestProject): void {
  try {
    project.provide('nodeBits', surfaceBits());
  } catch (error) {
    // A core that fails here fails the comparison, not the whole run.
    project.provide('nodeBits', [String(error)]);
  }
}
