import { surfaceBits } from './surface.js';

postMessage(surfaceBits());
