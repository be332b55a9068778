import { render } from 'preact';
import { App } from '#web/app.js';
import { routeOf } from '#web/route.js';
import './styles/index.css';

const page = document.getElementById('page');
if (!page) throw new Error('index.html holds no element with the id "page"');
render(<App route={routeOf(location.pathname)} />, page);
