import { notFound } from "next/navigation";

/** Addresses of no page are said within the frame. */
export default function NoPage(): never {
  notFound();
}
