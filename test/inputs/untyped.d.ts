// Packages that are used here have no types of their own, or none that are installed.
declare module 'client-sessions'
declare module 'connect-flash'
declare module 'cookie-session'
declare module 'lusca'
declare module 'morgan'
