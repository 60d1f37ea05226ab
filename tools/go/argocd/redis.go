package main

import (
	"os/signal"
	"strconv"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	"github.com/spf13/cobra"
)

func redisCommand() *cobra.Command {
	var port int
	command := &cobra.Command{
		Use:   "argocd-redis",
		Short: "Serves miniredis on 127.0.0.1 until it is told to stop",
		RunE: func(command *cobra.Command, _ []string) error {
			stop, cancel := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			server := miniredis.NewMiniRedis()
			if err := server.StartAddr("127.0.0.1:" + strconv.Itoa(port)); err != nil {
				return err
			}
			defer server.Close()
			<-stop.Done()
			return nil
		},
	}
	command.Flags().IntVar(&port, "port", 6379, "port to listen on")
	return command
}
