"""Gives moto what a new account of AWS has and moto leaves out: a way to the internet, and the cluster of the first-run wizard."""

import boto3

ec2 = boto3.client("ec2")
vpc = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
table = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
boto3.client("ecs").create_cluster(clusterName="default", capacityProviders=["FARGATE", "FARGATE_SPOT"])
