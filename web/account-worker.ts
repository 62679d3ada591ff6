import { createSync } from 'greekfire/full';
import { AccountDesk } from './engine/account.js';
import { inTurn } from './engine/turns.js';
import type { AccountRequest, AccountResponse } from './protocol.js';

const account = new AccountDesk(createSync());

const take = inTurn<AccountRequest, AccountResponse>(
  (request) => account.answer(request),
  ({ kind }, message) => ({ kind: 'failed', request: kind, message }),
  (response) => {
    self.postMessage(response);
  },
);
self.onmessage = ({ data }: MessageEvent<AccountRequest>) => {
  void take(data);
};
