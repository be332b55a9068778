// `npm start`: sets up a fresh clone, then does what `./millrace up` does.
import { launch } from './setup/launch.mjs';

await launch(['up', ...process.argv.slice(2)]);
