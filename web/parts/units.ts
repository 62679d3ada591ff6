import { toDesk, type Sensitivity } from 'greekfire';

/** The raw value of a sensitivity that a desk shows as `shown`: the inverse of `toDesk`. */
export function fromDesk(sensitivity: Sensitivity, shown: number, forward: number): number {
  return shown / toDesk(sensitivity, 1, forward);
}
