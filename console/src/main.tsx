// SPDX-License-Identifier: Apache-2.0
import './tokens.css';
import './base.css';
import { render } from 'preact';
import { App } from './app';

render(<App />, document.getElementById('app')!);
