#!/bin/bash
# publish.sh backend|frontend: builds the image of this checkout with docker and pushes it to ECR under its immutable tag, <version>-<revision12>.
#
# An image that has the tag already is taken as it is: the tag cannot be overwritten, and one revision is one image. Standard output is lines for a shell's
# eval (IMAGE_TAG, IMAGE_DIGEST, IMAGE), everything else goes to standard error.
#
#   IMAGE_REPOSITORY   <account>.dkr.ecr.<region>.amazonaws.com/mini-xdr-backend
#   SOURCE_REVISION    where the source is no git checkout
#   PYTHON_BASE, NODE_BASE   other base images; the digest of what is taken is noted in the image either way
set -euo pipefail
component=${1:-}
case $component in
  backend) argument=PYTHON_BASE ;;
  frontend) argument=NODE_BASE ;;
  *) echo "publish.sh backend|frontend" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/../.."
repository=${IMAGE_REPOSITORY:?is not set: <account>.dkr.ecr.<region>.amazonaws.com/mini-xdr-$component}
registry=${repository%%/*}
name=${repository#*/}
region=$(echo "$registry" | cut -d. -f4)

facts=$(python3 deploy/images/facts.py --export)
eval "$facts"
arguments=$(python3 deploy/images/facts.py --build-args)

digest_of_tag() { # empty: the registry has no such tag. Anything else that goes wrong ends the script.
  local told
  told=$(aws ecr batch-get-image --region "$region" --repository-name "$name" --image-ids imageTag="$TAG" \
    --query '[images[0].imageId.imageDigest, failures[0].failureCode]' --output text)
  case $told in
    sha256:*) echo "$told" | cut -f1 ;;
    *ImageNotFound*) ;;
    *) echo "ECR does not say whether $name has $TAG: $told" >&2; return 1 ;;
  esac
}

digest=$(digest_of_tag)
if [ -n "$digest" ]; then
  echo "$repository:$TAG is there already: it is taken, nothing is built" >&2
else
  base=${!argument:-$(sed -n "s/^ARG $argument=//p" "$component/Dockerfile")}
  case $base in
    *@sha256:*) ;;
    *) pinned=$(docker buildx imagetools inspect "$base" --format '{{.Manifest.Digest}}')
       base="$base@$pinned" ;;
  esac
  echo "building $repository:$TAG on $base" >&2
  # No attestation beside the image: the digest that is pushed is the image's own, as nodes pull it.
  # shellcheck disable=SC2086 # arguments are words
  docker buildx build --platform linux/amd64 --provenance=false --sbom=false --load --progress plain $arguments --build-arg "$argument=$base" \
    --label "org.opencontainers.image.base.name=${base%@*}" --label "org.opencontainers.image.base.digest=${base#*@}" \
    --file "$component/Dockerfile" --tag "$repository:$TAG" . >&2
  aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry" >&2
  if docker push --quiet "$repository:$TAG" >&2; then pushed=yes; else pushed=no; fi
  digest=$(digest_of_tag)
  [ -n "$digest" ] || { echo "$repository:$TAG was not pushed: see above" >&2; exit 1; }
  [ "$pushed" = yes ] || echo "another build pushed $repository:$TAG in the meantime: it is taken" >&2
fi
echo "export IMAGE_TAG=$TAG"
echo "export IMAGE_DIGEST=$digest"
echo "export IMAGE=$repository@$digest"
