"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Failure, Loaded, Notice, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageBody, Section } from "@/components/shell/page";
import { useMay, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Confirm } from "@/components/ui/overlay";
import { counted } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { said } from "./history";
import { type Incident, actorName, memberName, useDecisions, useMembers } from "./incident";
import { MentionBox } from "./mention-box";
import { CommentText } from "./comment-text";

type Comment = Schema<"Comment">;
type Decision = Schema<"Decision">;

export const useComments = (incidentId: string) =>
  usePages<Comment>(["comments", incidentId], (cursor) =>
    data(
      api.GET("/api/v1/incidents/{incident_id}/comments", {
        params: { path: { incident_id: incidentId }, query: { limit: 200, cursor } },
      }),
    ),
  );

/** What people wrote, what was done, and what was decided of what belongs together. */
export default function Discussion({ incident }: { incident: Incident }) {
  return (
    <PageBody label="Discussion">
      <div className="grid gap-x-10 gap-y-6 px-4 py-3 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Comments incident={incident} />
        <div className="flex min-w-0 flex-col gap-6">
          <Decisions incident={incident} />
          <History incident={incident} />
        </div>
      </div>
    </PageBody>
  );
}

function Comments({ incident }: { incident: Incident }) {
  const may = useMay("analyst");
  const members = useMembers();
  const client = useQueryClient();
  const failed = useFailureToast();
  const list = useComments(incident.incident_id);
  const write = useMutation({
    mutationFn: (text: string) =>
      data(
        api.POST("/api/v1/incidents/{incident_id}/comments", {
          params: { path: { incident_id: incident.incident_id } },
          body: { text },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["comments", incident.incident_id] });
      void client.invalidateQueries({ queryKey: ["history", incident.incident_id] });
    },
    onError: failed("The comment was not sent"),
  });
  return (
    <Section title="Comments">
      {list.isError ? (
        list.rows.length === 0 ? (
          <Failure error={list.error} what="The comments" onRetry={() => void list.refetch()} />
        ) : (
          <Notice className="mb-2">The comments could not be refreshed: these are from before.</Notice>
        )
      ) : list.loading ? (
        <Skeleton />
      ) : list.rows.length === 0 ? (
        <p className="pb-3 text-ink-2">Nobody wrote anything yet.</p>
      ) : null}
      <ul className="flex flex-col">
        {list.rows.map((comment) => (
          <Item key={comment.comment_id} comment={comment} incidentId={incident.incident_id} />
        ))}
      </ul>
      {list.more ? (
        <Button small className="my-2" busy={list.loadingMore} onClick={list.next}>
          Show later comments
        </Button>
      ) : null}
      {may ? (
        <div className="mt-2 max-w-[80ch]">
          {members.isError ? (
            <Notice className="mb-2">The members could not be loaded: @ does not complete their names.</Notice>
          ) : null}
          <MentionBox
            label="Comment"
            members={members.items}
            verb="Comment"
            busy={write.isPending}
            commentBox
            onSend={(text) =>
              write.mutateAsync(text).then(
                () => true,
                () => false,
              )
            }
          />
        </div>
      ) : null}
    </Section>
  );
}

function Item({ comment, incidentId }: { comment: Comment; incidentId: string }) {
  const mine = comment.author === `user:${useSession().user_id}`;
  const may = useMay("analyst");
  const members = useMembers();
  const client = useQueryClient();
  const failed = useFailureToast();
  const [editing, setEditing] = useState(false);
  const edit = useMutation({
    mutationFn: (text: string) =>
      data(
        api.PATCH("/api/v1/incidents/{incident_id}/comments/{comment_id}", {
          params: { path: { incident_id: incidentId, comment_id: comment.comment_id } },
          body: { text },
        }),
      ),
    onSuccess: () => {
      setEditing(false);
      void client.invalidateQueries({ queryKey: ["comments", incidentId] });
      void client.invalidateQueries({ queryKey: ["history", incidentId] });
    },
    onError: failed("The comment was not changed"),
  });
  return (
    <li id={`comment-${comment.comment_id}`} className="border-b border-line py-2 first:border-t">
      <div className="flex items-baseline gap-2 text-sm">
        <span className="font-medium">{actorName(comment.author, members.byId)}</span>
        <span className="text-ink-3">
          <Time value={comment.created_at} relative />
          {comment.edited_at ? (
            <>
              , edited <Time value={comment.edited_at} relative />
            </>
          ) : null}
        </span>
        {mine && may && !editing ? (
          <IconButton small label="Edit comment" className="ml-auto" onClick={() => setEditing(true)}>
            <Pencil size={13} aria-hidden />
          </IconButton>
        ) : null}
      </div>
      {editing ? (
        <div className="mt-1 max-w-[80ch]">
          <MentionBox
            label="Edit comment"
            members={members.items}
            initial={comment.text}
            verb="Save"
            busy={edit.isPending}
            onCancel={() => setEditing(false)}
            onSend={(text) =>
              edit.mutateAsync(text).then(
                () => true,
                () => false,
              )
            }
          />
        </div>
      ) : (
        <CommentText text={comment.text} mentions={comment.mentions} members={members.byId} />
      )}
    </li>
  );
}

function Decisions({ incident }: { incident: Incident }) {
  const decisions = useDecisions(incident.incident_id);
  return (
    <Section title="Merges and splits">
      <Loaded query={decisions} what="The decisions" skeleton={<Skeleton lines={1} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-2">Nobody merged or split this incident.</p>
          ) : (
            <ul>
              {items.map((decision) => (
                <DecisionItem key={decision.decision_id} decision={decision} incident={incident} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function DecisionItem({ decision, incident }: { decision: Decision; incident: Incident }) {
  const may = useMay("analyst");
  const members = useMembers();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [asking, setAsking] = useState(false);
  const merge = decision.kind === "merge";
  const others = decision.incident_ids.filter((each) => each !== incident.incident_id);
  const undo = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/decisions/{decision_id}/undo", { params: { path: { decision_id: decision.decision_id } } }),
      ),
    onSuccess: () => {
      setAsking(false);
      toast({ text: merge ? "They will be apart again within seconds" : "The findings will be back within seconds" });
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["history", incident.incident_id] });
    },
    onError: failed("It was not taken back"),
  });
  const verb = merge ? "Un-merge" : "Undo the split";
  const state = decision.refusal
    ? `not applied: ${decision.refusal}`
    : decision.undone_at
      ? `taken back by ${actorName(decision.undone_by ?? "", members.byId)}`
      : decision.applied_at
        ? null
        : "being applied";
  return (
    <li className="flex items-start gap-2 border-b border-line py-1.5 first:border-t">
      <div className="min-w-0 flex-1">
        <p>
          {merge ? "Merged with " : `${counted(decision.finding_ids.length, "finding")} split off`}
          {merge
            ? others.map((each) => (
                <Link
                  key={each}
                  href={`/incidents/${each}?stay=1`}
                  prefetch={false}
                  className="text-accent-ink underline"
                >
                  another incident
                </Link>
              ))
            : null}
          : {decision.reason}
        </p>
        <p className="text-sm text-ink-3">
          {actorName(decision.made_by, members.byId)}, <Time value={decision.made_at} relative />
          {state ? <span className="text-ink-2"> ({state})</span> : null}
        </p>
      </div>
      {may && !decision.undone_at && !decision.refusal ? (
        <Button small onClick={() => setAsking(true)}>
          {verb}
        </Button>
      ) : null}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={merge ? "Un-merge the two incidents" : "Undo the split"}
        verb={verb}
        busy={undo.isPending}
        onConfirm={() => undo.mutate()}
      >
        {merge
          ? "Within seconds each has its own findings again, as if they had not been merged. Comments and evidence stay where they were written."
          : "Within seconds the findings are where they would be had nobody split them off."}
      </Confirm>
    </li>
  );
}

function History({ incident }: { incident: Incident }) {
  const members = useMembers();
  const name = (userId: string) => {
    const member = members.byId.get(userId);
    return member ? memberName(member) : "a former member";
  };
  const list = usePages(["history", incident.incident_id], (cursor) =>
    data(
      api.GET("/api/v1/incidents/{incident_id}/history", {
        params: { path: { incident_id: incident.incident_id }, query: { limit: 200, cursor } },
      }),
    ),
  );
  return (
    <Section title="History">
      {list.isError && list.rows.length === 0 ? (
        <Failure error={list.error} what="The history" onRetry={() => void list.refetch()} />
      ) : list.loading ? (
        <Skeleton />
      ) : (
        <ol>
          {list.rows.map((item) => (
            <li key={item.seq} className="flex items-baseline gap-2 border-b border-line py-1 first:border-t">
              <span className="min-w-0 flex-1">
                <span className="font-medium">{actorName(item.actor, members.byId)}</span> {said(item, name)}
              </span>
              <span className="shrink-0 text-sm text-ink-3">
                <Time value={item.at} relative />
              </span>
            </li>
          ))}
        </ol>
      )}
      {list.more ? (
        <Button small className="mt-2" busy={list.loadingMore} onClick={list.next}>
          Show later entries
        </Button>
      ) : null}
    </Section>
  );
}
