import { expect, it } from "vitest";

import { bucketPolicy } from "./bucket-policy";

it("names the bucket, and the queue that its address means", () => {
  const policy = bucketPolicy("example-logs", "https://sqs.eu-central-1.amazonaws.com/111122223333/minixdr-logs");
  const { Statement } = JSON.parse(policy) as { Statement: { Resource: string }[] };
  expect(Statement.map((each) => each.Resource)).toEqual([
    "arn:aws:s3:::example-logs/*",
    "arn:aws:s3:::example-logs",
    "arn:aws:sqs:eu-central-1:111122223333:minixdr-logs",
  ]);
});

it("gives no right to a queue where there is none, and keeps to the partition", () => {
  expect(bucketPolicy("b", null)).not.toContain("sqs:");
  expect(bucketPolicy("b", "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q")).toContain("arn:aws-cn:s3:::b/*");
});
