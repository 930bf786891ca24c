import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { startTheme } from './lib/theme.svelte.ts';

startTheme();
// After an update of the server the files of this page are gone: load the new page.
window.addEventListener('vite:preloadError', () => location.reload());
mount(App, { target: document.getElementById('app')! });
