// `npm start`: everything that `./millrace up` does, in a clone where nothing is installed yet.
import { launch } from './setup/launch.mjs';

await launch(['up', ...process.argv.slice(2)]);
