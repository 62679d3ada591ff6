import { createSync } from 'greekfire/full';
import { AccountDesk } from './engine/account.js';
import type { AccountRequest } from './protocol.js';

const account = new AccountDesk(createSync());

self.onmessage = ({ data }: MessageEvent<AccountRequest>) => {
  self.postMessage(account.answer(data));
};
