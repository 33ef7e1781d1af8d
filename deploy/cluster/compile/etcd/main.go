// etcd as one program: the module of its server is a library, its own main package pulls in a module that is not needed here.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
