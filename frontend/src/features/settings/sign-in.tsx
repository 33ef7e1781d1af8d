"use client";

import { useQuery } from "@tanstack/react-query";

import { api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { useMounted } from "@/components/data/time";
import { ShortTable } from "@/components/data/short-table";
import { Part, Parts } from "./parts";
import { CopyButton } from "./shown-once";

/** How people may sign in. Providers are set where the platform runs: here they are shown. */
export function SignInSettings() {
  return (
    <Parts label="Sign-in">
      <Part
        title="Password"
        about="With a second factor where the person has set one up. Members shows who has; each sets up the own one under Account."
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <Fact name="Password">12 characters or more, kept as an argon2id hash</Fact>
          <Fact name="Failures">
            Five in a row lock an account for 30 seconds, each further one for twice as long, up to 15 minutes
          </Fact>
          <Fact name="Session">Ends after 24 hours without use, and after seven days in any case</Fact>
        </dl>
      </Part>
      <Part
        wide
        title="Identity providers"
        about="OpenID Connect. A provider vouches for people of every organization, so it is set by whoever runs the machine, not here. It makes no accounts: invite people first. Not supported: SAML, roles taken from the provider’s groups, signing out at the provider."
      >
        <Providers />
      </Part>
    </Parts>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Providers() {
  const mounted = useMounted();
  const query = useQuery({
    queryKey: ["identity-providers"],
    queryFn: () => data(api.GET("/api/v1/identity-providers")),
  });
  return (
    <Loaded query={query} what="The identity providers">
      {({ items }) =>
        items.length === 0 ? (
          <div className="max-w-[70ch]">
            <p className="mb-2">None is set: everybody signs in with a password. To set one, on the machine:</p>
            <pre className="overflow-x-auto rounded-md border border-line bg-sunken p-3 font-mono text-sm">
              minixdr admin save-identity-provider example-sso \{"\n"}
              {"    "}--issuer https://sso.example.com --client-id ... --secret-file FILE
            </pre>
          </div>
        ) : (
          <ShortTable
            label="Identity providers"
            heads={["Name", "People sign in at", "Redirect address, by the address of this page", ""]}
          >
            {items.map((provider) => {
              const redirect = `${mounted ? window.location.origin : ""}${provider.address}/callback`;
              return (
                <tr key={provider.name}>
                  <td className="font-medium">{provider.name}</td>
                  <td>
                    <code className="font-mono">{provider.address}</code>
                  </td>
                  <td>
                    <code className="font-mono break-all">{redirect}</code>
                  </td>
                  <td className="text-right">
                    <CopyButton text={redirect} label="Copy the redirect address" />
                  </td>
                </tr>
              );
            })}
          </ShortTable>
        )
      }
    </Loaded>
  );
}
