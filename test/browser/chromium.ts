import { existsSync } from 'node:fs';

const { CHROMIUM } = process.env;
const places = CHROMIUM
  ? [CHROMIUM]
  : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((path) => existsSync(path));

/** How Playwright starts the Chromium of this machine: as root, without graphics, quiet on the network. */
export const chromiumLaunch =
  executablePath === undefined
    ? undefined
    : {
        executablePath,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      };
