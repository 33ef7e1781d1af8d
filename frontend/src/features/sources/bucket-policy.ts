/** The least rights that collecting from a bucket needs, as an IAM policy. */
export function bucketPolicy(bucket: string, queueUrl: string | null): string {
  const partition = queueUrl?.includes(".amazonaws.com.cn/")
    ? "aws-cn"
    : queueUrl?.includes("us-gov-")
      ? "aws-us-gov"
      : "aws";
  const statements: object[] = [
    { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:${partition}:s3:::${bucket}/*` },
    { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:${partition}:s3:::${bucket}` },
  ];
  const queue = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(\d{12})\/([\w-]+(?:\.fifo)?)$/.exec(
    queueUrl ?? "",
  );
  if (queue)
    statements.push({
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
      Resource: `arn:${partition}:sqs:${queue[1]}:${queue[2]}:${queue[3]}`,
    });
  return JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2);
}
