import type { Metadata } from "next";
import { Suspense } from "react";

import { NotificationSettings } from "@/features/settings/notifications";

export const metadata: Metadata = { title: "Notifications" };

export default function NotificationsPage() {
  return (
    <Suspense>
      <NotificationSettings />
    </Suspense>
  );
}
