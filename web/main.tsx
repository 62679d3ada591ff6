import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import { App } from './app.js';
import { start } from './state.js';
import './style.css';
import { applyTheme } from './theme.js';

applyTheme();
start();
render(<App />, document.getElementById('app')!);
