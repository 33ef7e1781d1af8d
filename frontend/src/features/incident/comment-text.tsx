import { useSession } from "@/components/shell/session";
import { cn } from "@/lib/cn";
import { type Member, memberName } from "./incident";
import { partsOf } from "@/lib/mention-text";

/** A comment with the members it names set apart. */
export function CommentText({
  text,
  mentions,
  members,
}: {
  text: string;
  mentions: readonly { user_id: string; name: string }[];
  members: ReadonlyMap<string, Member>;
}) {
  const me = useSession().user_id;
  const name = (userId: string): string | null => {
    const member = members.get(userId);
    if (member) return memberName(member);
    return mentions.find((each) => each.user_id === userId)?.name || null;
  };
  return (
    <p className="max-w-[80ch] break-words whitespace-pre-wrap">
      {partsOf(text).map((part, index) => {
        if ("text" in part) return <span key={index}>{part.text}</span>;
        const known = name(part.userId);
        return (
          <span
            key={index}
            className={cn("rounded-sm px-0.5 font-medium", part.userId === me ? "bg-mark text-ink" : "text-accent-ink")}
          >
            @{known ?? "former member"}
          </span>
        );
      })}
    </p>
  );
}
