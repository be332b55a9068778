import { render } from 'preact';
import { App } from '#web/app.js';
import { readRoute } from '#web/routes/read-route.js';
import './styles/index.css';

const page = document.getElementById('page');
if (!page) throw new Error('index.html has no element with the id "page"');
render(<App route={readRoute(location.pathname)} />, page);
