import { ReadError } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import type { Request, Response } from '../protocol.js';
import { Desk } from './desk.js';
import { exampleInputs, openFiles, type Inputs } from './inputs.js';

/** Answers the page: the worker's work, which runs in Node as well. */
export class Engine {
  private inputs: Inputs;
  private desk: Desk;

  constructor(private readonly core: FullCore) {
    this.inputs = exampleInputs(core);
    this.desk = new Desk(core, this.inputs, this.inputs.market.underlyings[0]);
  }

  /** What stands before anything is asked: the embedded market. */
  greet(): Response {
    return this.describe('');
  }

  /** Answers one request. What cannot be opened changes nothing. */
  async answer(request: Request): Promise<Response> {
    switch (request.kind) {
      case 'open':
        return this.open(request.files);
      case 'choose':
        return this.show(this.inputs, request.underlying, '');
      case 'hedge':
        this.desk.setHedge(request.settings);
        return this.frame();
      case 'advance': {
        const times = await this.desk.advance(request.ticks);
        return request.show ? this.frame(times) : { kind: 'tick', tick: this.desk.tick(times) };
      }
      case 'rewind':
        this.desk.rewind();
        return this.frame();
    }
  }

  private async open(files: Extract<Request, { kind: 'open' }>['files']): Promise<Response> {
    try {
      if (files.length === 0) return this.show(exampleInputs(this.core), undefined, '');
      const { inputs, remark } = await openFiles(this.core, this.inputs, files);
      return this.show(inputs, undefined, remark);
    } catch (error) {
      if (error instanceof ReadError) return { kind: 'refused', message: error.message };
      throw error;
    }
  }

  /** Replaces the desk, after the new one stands. */
  private show(inputs: Inputs, underlying: string | undefined, remark: string): Response {
    const desk = new Desk(this.core, inputs, underlying ?? firstHeld(inputs));
    this.desk.dispose();
    this.desk = desk;
    this.inputs = inputs;
    return this.describe(remark);
  }

  private describe(remark: string): Response {
    const { desk } = this;
    return { kind: 'desk', desk: desk.view(), frame: desk.frame(), remark, holding: desk.holding() };
  }

  private frame(times?: Float64Array<ArrayBuffer>): Response {
    return { kind: 'frame', frame: this.desk.frame(times) };
  }
}

/** The first underlying that has a forward and, if any has, a position. */
function firstHeld({ market, lines }: Inputs): string {
  const priced = market.underlyings.filter((name) =>
    market.expiries.some((expiry) => expiry.underlying === name && expiry.forward > 0),
  );
  return priced.find((name) => lines.some(({ instrument }) => instrument?.underlying === name)) ?? priced[0];
}
