"use client";

import { useQuery } from "@tanstack/react-query";

import { Notice, Skeleton } from "@/components/data/states";

/** Light modules around the code that readers need. */
const QUIET = 4;

/** A QR code as one path; black on white in every theme, as cameras want it. The library comes when it is shown. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const drawn = useQuery({
    queryKey: ["qr-code", text],
    queryFn: async () => {
      const { create } = await import("qrcode");
      return pathOf(create(text, { errorCorrectionLevel: "M" }).modules);
    },
    gcTime: 0, // it is a secret
    staleTime: Infinity,
  });
  if (drawn.isError) return <Notice>The picture could not be drawn: type the text below into the app.</Notice>;
  if (drawn.data === undefined) return <Skeleton />;
  const size = drawn.data.size + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      className="mx-auto size-48 rounded-md bg-[#fff]"
      shapeRendering="crispEdges"
    >
      <path d={drawn.data.path} fill="#000" />
    </svg>
  );
}

type Modules = { size: number; get: (row: number, column: number) => number };

function pathOf(modules: Modules) {
  let path = "";
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column)) path += `M${column} ${row}h1v1h-1z`;
  return { size: modules.size, path };
}
