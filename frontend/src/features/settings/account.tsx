"use client";

import { useSession } from "@/components/shell/session";
import { AccountName } from "./account-name";
import { AccountPassword } from "./account-password";
import { Appearance } from "./appearance";
import { Memberships } from "./memberships";
import { Part, Parts } from "./parts";
import { SecondFactor } from "./second-factor";
import { Sessions } from "./sessions";

/** What is one's own: name, password, second factor, sessions, theme, organizations. */
export function Account() {
  const session = useSession();
  return (
    <Parts label="Your account">
      <Part title="You" about="The name is shown to the members of your organizations.">
        <AccountName />
      </Part>
      <Part
        title="Password"
        about={session.signs_in_with_password ? "A new password ends your sessions everywhere else." : undefined}
      >
        <AccountPassword />
      </Part>
      <Part
        title="Second factor"
        about="A code of an authenticator app besides the password. What an identity provider asks for is set there."
      >
        <SecondFactor />
      </Part>
      <Part title="Theme" about="Of this browser.">
        <Appearance />
      </Part>
      <Part title="Organizations" about="The organizations that you are a member of.">
        <Memberships />
      </Part>
      <Part
        wide
        title="Sessions"
        about="Where you are signed in. A session ends after 24 hours without use, and after seven days in any case."
      >
        <Sessions />
      </Part>
    </Parts>
  );
}
