/** Holds the page to go on to while somebody is at an identity provider. */
export const NEXT_COOKIE = "next";
