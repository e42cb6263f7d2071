// The theme without its web fonts: the site uses the fonts of the system.
import DefaultTheme from 'vitepress/theme-without-fonts';
import './site.css';

export default DefaultTheme;
