package main

import (
	"fmt"
	"io"
	"net"
)

// forward hands connections on: forward <listen> <target>. The API server listens on loopback only; this is how pods,
// to whom loopback is their own, reach it at the node's address.
func forward(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("it takes two addresses, where to listen and where to hand connections on")
	}
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("tcp", args[1])
			if err != nil {
				return
			}
			defer server.Close()
			go copyAndEnd(server, client)
			copyAndEnd(client, server)
		}()
	}
}

// copyAndEnd tells the receiver that the sender has ended, and leaves the other direction open.
func copyAndEnd(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
}
