/*
 * A plain client of the C library it is linked with: resolves a name and asks every address for the page /whoami.
 * Usage: visit HOST. Prints JSON: `error`, the code of getaddrinfo (netdb.h), or `visits`, one for each address.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The JSON object in the page; NULL when there is none. */
static const char *get(const struct addrinfo *target, const char *host, char *page, size_t room) {
  size_t length = 0;
  int file = socket(target->ai_family, target->ai_socktype, target->ai_protocol);
  if (file < 0 || connect(file, target->ai_addr, target->ai_addrlen) < 0) return NULL;
  dprintf(file, "GET /whoami HTTP/1.0\r\nHost: %s\r\n\r\n", host);
  for (ssize_t got; length < room - 1 && (got = read(file, page + length, room - 1 - length)) > 0;) length += got;
  close(file);
  page[length] = 0;
  return strchr(page, '{');
}

int main(int count, char **arguments) {
  const struct addrinfo wish = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  if (count != 2) return 2;
  int error = getaddrinfo(arguments[1], "80", &wish, &found);
  printf("{\"error\":%d,\"visits\":[", error);
  for (const struct addrinfo *one = error == 0 ? found : NULL; one != NULL; one = one->ai_next) {
    char address[NI_MAXHOST], page[4096];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0) return 3;
    const char *body = get(one, arguments[1], page, sizeof page);
    if (body == NULL) return perror(address), 4;
    printf("%s{\"address\":\"%s\",\"whoami\":%s}", one == found ? "" : ",", address, body);
  }
  printf("]}\n");
  return 0;
}
