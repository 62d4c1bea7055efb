# A bare Debian and the commands of README.md; nothing else is needed.
#
#   docker build -t springback .                      builds
#   docker run --rm springback make check             passes all tests
#   docker run --rm -v "$PWD":/data -w /data springback springback rate chat.jsonl.gz
FROM debian:bookworm
COPY . /springback
WORKDIR /springback
RUN apt-get update && apt-get install -y make && make deps && make clean && make install && springback verify
CMD ["make", "paper"]
